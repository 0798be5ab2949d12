import { describe, expect, it } from 'vitest';
import type { AddedHeader, CaFrom } from '@cofferdam/protocol';
import { checkNet } from './net-meaning.ts';

const ref = { name: 's', key: 'k' };
const header = (name: string): AddedHeader => ({ name, secretKeyRef: ref });
const problems = (rule: { addHeadersFrom?: AddedHeader[]; caFrom?: CaFrom }) =>
  checkNet({ source: {}, permissions: { net: [{ host: 'a.test', ...rule }] } }).map(
    ({ path, message }) => `${path}: ${message}`,
  );

describe('what a rule adds and trusts', () => {
  it('is headers by names of their own, and one authority', () => {
    const addHeadersFrom = ['Authorization', 'X-Api-Key', 'Cookie'].map(header);
    expect(problems({ addHeadersFrom, caFrom: { secretKeyRef: ref } })).toEqual([]);
  });

  it.each([
    'Host',
    'content-length',
    'Connection',
    'Proxy-Authorization',
    'Sec-WebSocket-Key',
    'TE',
  ])('is no %s', (name) => {
    expect(problems({ addHeadersFrom: [header(name)] })).toEqual([
      `permissions.net.0.addHeadersFrom.0.name: ${name} is not a header that can be added`,
    ]);
  });

  it('is no name twice, in whatever case', () => {
    expect(problems({ addHeadersFrom: [header('x-key'), header('X-Key')] })).toEqual([
      'permissions.net.0.addHeadersFrom.1.name: X-Key is added already',
    ]);
  });

  it.each([{}, { secretKeyRef: ref, configMapKeyRef: ref }])('is not %o', (caFrom) => {
    expect(problems({ caFrom })).toEqual([
      'permissions.net.0.caFrom: needs exactly one of `secretKeyRef` and `configMapKeyRef`',
    ]);
  });

  it('is at most 64 headers in all', () => {
    const addHeadersFrom = ['a', 'b', 'c', 'd', 'e'].map(header);
    const net = Array.from({ length: 13 }, () => ({ host: 'a.test', addHeadersFrom }));
    expect(checkNet({ source: {}, permissions: { net } })).toEqual([
      { path: 'permissions.net', message: 'adds 65 headers in all; 64 is the most' },
    ]);
  });
});
