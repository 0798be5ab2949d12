import { describe, expect, it } from 'vitest';
import { authenticatorOf } from './authenticator.ts';
import { OWNER, ownerSource } from './owner.ts';
import { TokenTable } from './token-table.ts';

const table = new TokenTable([{ name: 'ci', token: 'token-of-ci-123456', namespaces: ['home'] }]);
const HERE = '127.0.0.1';

describe('the authenticator', () => {
  const sources = [ownerSource('token-of-owner'), { find: async (one: string) => table.find(one) }];

  it('asks its sources in order', async () => {
    const authenticator = authenticatorOf(sources);
    expect(authenticator.open).toBe(false);
    expect(await authenticator.authenticate('token-of-owner', HERE)).toBe(OWNER);
    const { subject } = await authenticator.authenticate('token-of-ci-123456', HERE);
    expect(subject).toBe('token:ci');
    const none = authenticator.authenticate('token-of-nobody', HERE);
    await expect(none).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('asks no one about a token over 8 KiB', async () => {
    const asked: string[] = [];
    const authenticator = authenticatorOf([
      { find: async (token) => void asked.push(token) as undefined },
    ]);
    const tooLong = authenticator.authenticate('x'.repeat(8 * 1024 + 1), HERE);
    await expect(tooLong).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(asked).toEqual([]);
    await expect(authenticator.authenticate('x'.repeat(8 * 1024), HERE)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(asked).toHaveLength(1);
  });

  it('is not open because nobody holds a token (any more)', () => {
    const none = new TokenTable([]);
    expect(authenticatorOf([{ find: async (token) => none.find(token) }]).open).toBe(false);
    expect(authenticatorOf([]).open).toBe(true);
  });
});
