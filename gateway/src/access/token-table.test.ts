import { describe, expect, it } from 'vitest';
import type { Action } from './caller.ts';
import { TokenTable } from './token-table.ts';
import { hashOf } from './token-hash.ts';

const of = (namespace: string | undefined): Record<string, Action> => ({
  run: { verb: 'create', resource: 'sandboxruns', namespace },
  readRuns: { verb: 'get', resource: 'sandboxruns', namespace },
  readScripts: { verb: 'list', resource: 'sandboxscripts', namespace },
});
const allowed = async (table: TokenTable, token: string, actions: Record<string, Action>) => {
  const caller = table.find(token)!;
  const names = [];
  for (const [name, action] of Object.entries(actions)) {
    if (await caller.may(action)) names.push(name);
  }
  return names;
};

describe('tokens bound to namespaces', () => {
  const table = new TokenTable([
    { name: 'home', token: 'token-of-home-1234', namespaces: ['home'] },
    {
      name: 'runs',
      sha256: hashOf('token-of-runs').toString('hex'),
      namespaces: ['home', 'work'],
      rights: ['run'],
    },
    { name: 'reads', token: 'token-of-reads-123', namespaces: ['*'], rights: ['read'] },
  ]);

  it('are found by themselves alone', () => {
    expect(table.find('token-of-home-1234')).toMatchObject({
      subject: 'token:home',
      namespaces: ['home'],
    });
    expect(table.find('token-of-runs')?.subject).toBe('token:runs');
    expect(table.find('token-of-reads-123')).not.toHaveProperty('namespaces');
    const hash = hashOf('token-of-runs').toString('hex');
    for (const none of ['', 'token-of-home-123', 'token-of-home-1234 ', 'home', hash]) {
      expect(table.find(none)).toBeUndefined();
    }
    expect(JSON.stringify(table.find('token-of-home-1234'))).not.toContain('1234');
  });

  it('may do what their rights say, in their namespaces and no other', async () => {
    const all = ['run', 'readRuns', 'readScripts'];
    expect(await allowed(table, 'token-of-home-1234', of('home'))).toEqual(all);
    expect(await allowed(table, 'token-of-home-1234', of('work'))).toEqual([]);
    expect(await allowed(table, 'token-of-home-1234', of(undefined))).toEqual([]);
    expect(await allowed(table, 'token-of-runs', of('work'))).toEqual(['run']);
    expect(await allowed(table, 'token-of-reads-123', of('any'))).toEqual([
      'readRuns',
      'readScripts',
    ]);
  });

  it('read what is about the whole service only for every namespace', async () => {
    const stats = { stats: { verb: 'get', path: '/stats' } } as const;
    expect(await allowed(table, 'token-of-home-1234', stats)).toEqual([]);
    expect(await allowed(table, 'token-of-reads-123', stats)).toEqual(['stats']);
  });

  it('that are there twice are refused, and so are names', () => {
    const token = 'token-of-sixteen-1';
    const entry = { name: 'a', token, namespaces: ['a'] };
    const twice = [
      [entry, { ...entry, name: 'b' }],
      [entry, { name: 'b', sha256: hashOf(token).toString('hex'), namespaces: ['b'] }],
      [entry, { ...entry, token: 'another-of-sixteen' }],
    ];
    for (const entries of twice) {
      expect(() => new TokenTable(entries)).toThrow(/^1: has the (token|name) of 0$/);
    }
  });
});
