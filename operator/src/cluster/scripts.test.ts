import { describe, expect, it } from 'vitest';
import type { CustomResource } from '../kubernetes/index.ts';
import { ClusterScripts } from './scripts.ts';

const metadata = {
  name: 'one',
  namespace: 'home',
  uid: 'u',
  resourceVersion: '1',
  managedFields: [],
};
const scripts = (object: object) =>
  new ClusterScripts({ get: () => object as CustomResource, keys: () => ['home/one'] });
const good = { metadata, spec: { source: { inline: 'return 1' } }, status: { conditions: [] } };

describe('a script of the cluster', () => {
  it('is taken from a list, where its kind is not said, and without its status', () => {
    const entry = scripts(good).get('home/one');
    expect(entry).toMatchObject({ namespace: 'home', name: 'one', problems: [] });
    expect(entry?.resource).toMatchObject({ kind: 'SandboxScript', spec: good.spec });
    expect(entry?.resource).not.toHaveProperty('status');
  });

  it('is checked once', () => {
    const source = scripts(good);
    expect(source.get('home/one')).toBe(source.get('home/one'));
  });

  it('is gone when it is being deleted', () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(scripts({ ...good, metadata: { ...metadata, deletionTimestamp } }).get('home/one')).toBe(
      undefined,
    );
  });

  it('says where it is wrong, with at most 8 problems', () => {
    const wrong = { source: { inline: 7 }, schedule: { cron: 'whenever' }, unknown: true };
    const entry = scripts({ metadata, spec: wrong }).get('home/one');
    expect(entry?.resource).toBeUndefined();
    expect(entry?.problems.length).toBeGreaterThan(0);
    const env = Array.from({ length: 20 }, (_, name) => ({ name, value: 'x' }));
    const many = scripts({ metadata, spec: { ...good.spec, env } }).get('home/one');
    expect(many?.problems).toHaveLength(8);
    const unknown = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`field${n}`, n]));
    const strange = scripts({ metadata, spec: { ...good.spec, ...unknown } }).get('home/one');
    expect(strange?.resource).toBeUndefined();
    expect(strange?.problems.length).toBeGreaterThan(0);
  });

  it('is checked for what its schema cannot say', () => {
    const spec = { source: {} };
    expect(scripts({ metadata, spec }).get('home/one')?.problems).not.toEqual([]);
  });
});
