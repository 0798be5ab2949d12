import { describe, expect, it } from 'vitest';
import { claimsOf } from './token-claims.ts';

const token = (payload: unknown) =>
  `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;

describe('what a token says of itself', () => {
  it('is its end and its audiences', () => {
    expect(claimsOf(token({ exp: 1_700_000_000, aud: ['a', 'b'] }))).toEqual({
      expiresAt: 1_700_000_000_000,
      audiences: ['a', 'b'],
    });
    expect(claimsOf(token({ aud: 'a' }))).toEqual({ audiences: ['a'] });
  });

  it.each([
    'opaque',
    'a.b',
    'a.b.c.d',
    'a.!!!.c',
    token(null),
    token([]),
    token({ exp: '1', aud: { length: 1 } }),
    token({ exp: null, aud: [1, null] }),
    '..',
  ])('is nothing for %s', (odd) => {
    expect(claimsOf(odd)).toEqual({ audiences: [] });
  });
});
