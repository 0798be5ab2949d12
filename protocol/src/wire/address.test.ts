import { describe, expect, it } from 'vitest';
import { readAddress } from './address.ts';

describe('an address', () => {
  it.each([
    ['/run/gateway.sock', { path: '/run/gateway.sock' }],
    ['10.96.0.7:5901', { host: '10.96.0.7', port: 5901 }],
    ['egress.cofferdam.svc:5912', { host: 'egress.cofferdam.svc', port: 5912 }],
    ['[fd00::1]:5901', { host: 'fd00::1', port: 5901 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
  ])('%s', (text, expected) => {
    expect(readAddress(text)).toEqual(expected);
  });

  it.each(['', 'gateway.sock', 'host', 'host:', 'host:65536', ':5901', 'fd00::1:5901', 'a b:1'])(
    'is not %j',
    (text) => {
      expect(() => readAddress(text)).toThrow('no host:port');
    },
  );
});
