import {
  API_VERSION,
  MAX_CODE_BYTES,
  MAX_INPUT_BYTES,
  resolvePool,
  type ResolvedPool,
  type SandboxScript,
  type SandboxScriptSpec,
} from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import type { ObjectData, ObjectReference } from '../references/texts.ts';
import { ClusterReferences } from './references.ts';

const pool = (name: string, spec: object = {}) =>
  resolvePool({ apiVersion: API_VERSION, kind: 'SandboxPool', metadata: { name }, spec });
const script = (spec: Partial<SandboxScriptSpec> = {}, name = 'one'): SandboxScript => ({
  apiVersion: API_VERSION,
  kind: 'SandboxScript',
  metadata: { name, namespace: 'home' },
  spec: { source: { inline: 'return 1' }, ...spec },
});
const fromMap = (key: string) => ({ source: { configMapKeyRef: { name: 'code', key } } });
const secret = (key: string, optional?: boolean) => ({
  env: [
    {
      name: 'TOKEN',
      valueFrom: {
        secretKeyRef: { name: 's', key, ...(optional === undefined ? {} : { optional }) },
      },
    },
  ],
});

const OBJECTS: Record<string, ObjectData | 'unread'> = {
  'ConfigMap/home/code': {
    good: 'return 2',
    large: 'x'.repeat(MAX_CODE_BYTES + 1),
  },
  'Secret/home/s': { token: 'abc', large: 'x'.repeat(32 * 1024 + 1), edge: 'é'.repeat(16 * 1024) },
  'Secret/lab/other': { token: 'of another' },
  'Secret/home/unread': 'unread',
};

function references(pools: ResolvedPool[] = [pool('default')]) {
  const asked: string[] = [];
  const lookup = ({ kind, namespace, name }: ObjectReference) => {
    asked.push(`${kind}/${namespace}/${name}`);
    return OBJECTS[`${kind}/${namespace}/${name}`];
  };
  return { asked, references: new ClusterReferences(() => pools, lookup) };
}
const of = (spec: Partial<SandboxScriptSpec>, pools?: ResolvedPool[]) =>
  references(pools).references.of(script(spec));

describe('what a script refers to', () => {
  it('is its pool, its source and its values', () => {
    expect(of({ ...fromMap('good'), ...secret('token') })).toMatchObject({
      references: { pool: { name: 'default' }, source: 'return 2', env: { TOKEN: 'abc' } },
    });
  });

  it('may be a value of a ConfigMap', () => {
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'code', key: 'good' } } }];
    expect(of({ env })).toMatchObject({ references: { env: { A: 'return 2' } } });
  });

  it('is looked for in its own namespace alone', () => {
    const { asked, references: refs } = references();
    refs.of(script({ ...fromMap('good'), ...secret('token') }));
    expect(asked).toEqual(['ConfigMap/home/code', 'Secret/home/s']);
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'other', key: 'token' } } }];
    expect(of({ env })).toMatchObject({ obstacle: { reason: 'SecretNotFound' } });
  });

  it('may be absent where it is optional', () => {
    expect(of(secret('none', true))).toMatchObject({ references: { env: {} } });
  });
});

const unread = [
  { name: 'A', valueFrom: { secretKeyRef: { name: 'unread', key: 'k', optional: true } } },
];
const named = (kind: 'secretKeyRef' | 'configMapKeyRef', name: string, key: string) => [
  { name: 'A', valueFrom: { [kind]: { name, key } } },
];
const narrow = [pool('default', { egress: { hosts: ['*.example.org'] } })];
const OBSTACLES: [string, string, Partial<SandboxScriptSpec>, ResolvedPool[]?][] = [
  ['no pool', 'PoolNotFound', {}, []],
  ['a pool that is not there', 'PoolNotFound', { poolRef: 'big' }],
  ['a pool of others', 'PoolNotFound', { poolRef: 'lab' }, [pool('lab', { namespaces: ['lab'] })]],
  [
    'a host of none of the pool’s',
    'HostNotAllowed',
    { permissions: { net: [{ host: 'example.com', ports: [443] }] } },
    narrow,
  ],
  ['no browsers', 'BrowserPoolNotFound', { permissions: { browser: true } }],
  ['an input too large', 'InputTooLarge', { input: 'é'.repeat(MAX_INPUT_BYTES / 2) }],
  [
    'no such ConfigMap',
    'ConfigMapNotFound',
    { source: { configMapKeyRef: { name: 'none', key: 'k' } } },
  ],
  ['no such key', 'ConfigMapKeyNotFound', fromMap('none')],
  ['a key of all objects', 'ConfigMapKeyNotFound', fromMap('constructor')],
  ['a source too large', 'InvalidSource', fromMap('large')],
  ['a source that is no module', 'InvalidSource', { ...fromMap('good'), engine: 'wasm' }],
  ['no such Secret', 'SecretNotFound', { env: named('secretKeyRef', 'none', 'k') }],
  ['no such key of it', 'SecretKeyNotFound', { env: named('secretKeyRef', 's', 'none') }],
  ['a value too large', 'ValueTooLarge', { env: named('secretKeyRef', 's', 'large') }],
];

describe('an obstacle', () => {
  it.each(OBSTACLES)('is %s: %s', (_what, reason, spec, pools) => {
    const { obstacle } = of(spec, pools) as { obstacle: { status: string; message: string } };
    expect(obstacle).toMatchObject({ status: 'False', reason });
    expect(obstacle.message).not.toContain('xxx');
    expect(obstacle.message).not.toContain('undefined');
  });

  it('is for a while what has not been read, even where it is optional', () => {
    expect(of({ env: unread })).toMatchObject({
      obstacle: { status: 'Unknown', reason: 'ResolvingReferences' },
    });
  });

  it('is no value of exactly 32 KiB', () => {
    expect(of({ env: named('secretKeyRef', 's', 'edge') })).toHaveProperty('references');
  });
});

describe('the users of an object', () => {
  const token = { kind: 'Secret', namespace: 'home', name: 's' } as const;

  it('are the scripts that refer to it, as they are now', () => {
    const { references: refs } = references();
    refs.of(script(secret('token'), 'one'));
    refs.of(script(secret('none'), 'two'));
    expect([...refs.usersOf(token)]).toEqual(['home/one', 'home/two']);
    refs.of(script({}, 'one'));
    expect([...refs.usersOf(token)]).toEqual(['home/two']);
    expect(refs.isUsed(token)).toBe(true);
    refs.forget('home/two');
    expect([...refs.usersOf(token)]).toEqual([]);
    expect(refs.isUsed(token)).toBe(false);
  });
});
