import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_URL } from './plain-url.ts';

const plainUrl = new RegExp(PLAIN_URL);

const PIECES = [
  'http',
  'https',
  '://',
  '/',
  '.',
  '..',
  ':',
  '80',
  '443',
  '8080',
  '65536',
  '0',
  '127',
  '256',
  '01',
  '0x7f',
];
const MORE = [
  'a',
  'xn--a',
  'A',
  '-',
  '--',
  'example.com',
  '%2e',
  '%41',
  '?',
  '#',
  '@',
  '\\',
  '\n',
  ' ',
  'é',
  "'",
  '"',
  '=',
  '&',
  '[::1]',
];

describe('a URL that needs no parser', () => {
  it('is one that the parser leaves as it is, without a user name', () => {
    const parts = fc.array(fc.constantFrom(...PIECES, ...MORE), { maxLength: 9 });
    const near = parts.map((list) => `http://${list.join('')}`);
    const any = fc.oneof(
      near,
      parts.map((list) => list.join('')),
      fc.string(),
    );
    const check = fc.property(any, (text) => {
      if (!plainUrl.test(text)) return;
      const url = URL.parse(text);
      expect(url?.href).toBe(text);
      expect(`${url!.username}${url!.password}${url!.hash}`).toBe('');
    });
    fc.assert(check, { numRuns: 2_000 });
  });

  it.each([
    'https://api.example.com/v1/items?page=2&size=10',
    'http://127.0.0.1:38211/x',
    'http://nas:8080/',
    'https://a-b.c1.example/~me/file.tar.gz',
  ])('is %s', (text) => {
    expect(plainUrl.test(text)).toBe(true);
    expect(new URL(text).href).toBe(text);
  });

  it.each([
    'https://example.com',
    'https://example.com/../x',
    'https://example.com/.x',
    'http://example.com:80/',
    'https://example.com:443/',
    'http://1.2.3/',
    'http://0x7f.1/',
    'http://127.0.0.01/',
    'http://256.1.1.1/',
    'https://xn--mnchen-3ya.de/',
    'https://user@example.com/',
    'https://example.com/#x',
    'https://example.com/%41',
    'HTTPS://example.com/',
    'https://example.com/\n',
    '//example.com/',
  ])('is not %j', (text) => {
    expect(plainUrl.test(text)).toBe(false);
  });
});
