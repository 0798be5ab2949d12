import { expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

it.each(['xn--a', 'xn--pokxncvks', 'xn--', 'a.xn--zn7c.com', 'xn--1ug.example'])(
  'takes the host %s for none',
  async (host) => {
    const code = `const u = new URL('https://a.example/'); u.host = input.host;
      return [URL.canParse('https://' + input.host), URL.parse('https://' + input.host), u.host]`;
    expect(await valueOf(code, { input: { host } })).toEqual([false, null, 'a.example']);
  },
);

it('takes true labels, and leaves the hosts of other schemes alone', async () => {
  const code = `return ['https://xn--mnchen-3ya.de/', 'https://münchen.de/', 'foo://xn--a/'].map((u) => new URL(u).hostname)`;
  expect(await valueOf(code)).toEqual(['xn--mnchen-3ya.de', 'xn--mnchen-3ya.de', 'xn--a']);
});

it('has its static functions as Web IDL wants them', async () => {
  const code = `return [Object.keys(URL), ...['parse', 'canParse'].map((name) => {
    try { URL[name](); return 'done' } catch (e) { return e.name } }),
    (() => { try { return URL.parse({ toString() { throw new RangeError('x') } }) } catch (e) { return e.name } })()]`;
  expect(await valueOf(code)).toEqual([
    ['parse', 'canParse'],
    'TypeError',
    'TypeError',
    'RangeError',
  ]);
});

it('has one pair for names that differ in lone surrogates only, where the first one stood', async () => {
  const code = `return [...new URLSearchParams({ '\\ud835x': '1', xx: '2', '\\ud83dx': '3' })]`;
  expect(await valueOf(code)).toEqual([
    ['\ufffdx', '3'],
    ['xx', '2'],
  ]);
});
