import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  configMaps,
  namespaces,
  secrets,
  connect,
  type KubernetesClient,
} from '@cofferdam/operator/kubernetes';
import { ObjectReader } from '../../operator/src/cluster/object-reader.ts';
import type { ObjectReference } from '../../operator/src/references/texts.ts';
import { FakeClock } from '../../operator/test/fake-clock.ts';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { connectThroughProxy, requestsOf, type ProxiedClient } from './rig.ts';

const within = { timeout: 20_000, interval: 10 };

let api: ApiServer;
let direct: KubernetesClient;
let proxied: ProxiedClient;
let clock: FakeClock;
let reader: ObjectReader;
let changed: string[];
let errors: unknown[];
let used: Set<string>;
let namespace: string;
let agent: string;
let count = 0;

beforeAll(async () => {
  api = await startApiServer();
  direct = await connect({ kubeconfig: api.kubeconfig, userAgent: 'direct' });
});
afterAll(async () => {
  direct.close();
  await api.stop();
});
beforeEach(async () => {
  count += 1;
  namespace = `objects-${count}`;
  agent = `objects-${count}/1`;
  await direct.create(namespaces, { metadata: { name: namespace } });
  proxied = await connectThroughProxy(api, agent);
  [changed, errors, used] = [[], [], new Set()];
  clock = new FakeClock('2026-01-01T00:00:00Z');
  reader = new ObjectReader({
    client: proxied.client,
    clock,
    isUsed: ({ name }) => used.has(name),
    onChange: ({ kind, name }) => void changed.push(`${kind} ${name}`),
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  reader.close();
  await proxied.close();
});

const reference = (name: string, kind: ObjectReference['kind'] = 'Secret') => ({
  ...{ kind, namespace, name },
});
const create = (name: string, token: string) =>
  direct.create(secrets, {
    metadata: { name, namespace },
    data: { token: Buffer.from(token).toString('base64') },
  });
const change = (name: string, token: string) =>
  direct.mergePatch(secrets, {
    key: { namespace, name },
    patch: { data: { token: Buffer.from(token).toString('base64') } },
  });
const reads = async () => (await requestsOf(api, agent, 'get')).length;

describe('an object', () => {
  test('is unread at first, then known', async () => {
    await create('s', 'añb');
    await direct.create(configMaps, {
      metadata: { name: 'm', namespace },
      data: { code: 'return 1' },
    });
    expect(reader.data(reference('s'))).toBe('unread');
    expect(reader.data(reference('m', 'ConfigMap'))).toBe('unread');
    await reader.settled(5_000);
    expect(reader.data(reference('s'))).toEqual({ token: 'añb' });
    expect(reader.data(reference('m', 'ConfigMap'))).toEqual({ code: 'return 1' });
    expect(changed.sort()).toEqual(['ConfigMap m', 'Secret s']);
  });

  test('is looked at every 30 s, and a change is told once', async () => {
    await create('s', 'one');
    used.add('s');
    reader.data(reference('s'));
    await expect.poll(() => changed, within).toHaveLength(1);
    await change('s', 'two');
    await clock.advance(25_000);
    expect(reader.data(reference('s'))).toEqual({ token: 'one' });
    await clock.advance(10_000);
    await expect.poll(() => changed, within).toHaveLength(2);
    expect(reader.data(reference('s'))).toEqual({ token: 'two' });
  });

  test('that is missing is looked for every 5 s', async () => {
    used.add('s');
    reader.data(reference('s'));
    await expect.poll(() => changed, within).toEqual(['Secret s']);
    expect(reader.data(reference('s'))).toBeUndefined();
    await create('s', 'late');
    await clock.advance(5_000);
    await expect.poll(() => changed, within).toHaveLength(2);
    expect(reader.data(reference('s'))).toEqual({ token: 'late' });
  });

  test('that was deleted is told of', async () => {
    await create('s', 'one');
    used.add('s');
    reader.data(reference('s'));
    await expect.poll(() => changed, within).toHaveLength(1);
    await direct.delete(secrets, { namespace, name: 's' });
    await clock.advance(35_000);
    await expect.poll(() => changed, within).toHaveLength(2);
    expect(reader.data(reference('s'))).toBeUndefined();
  });

  test('is looked at as long as somebody refers to it, though nobody asks', async () => {
    used.add('s');
    reader.data(reference('s'));
    await expect.poll(() => changed, within).toHaveLength(1);
    for (let seen = 2; seen < 12; seen++) {
      await clock.advance(5_000);
      await expect.poll(reads, within).toBe(seen);
    }
    await create('s', 'much later');
    await clock.advance(5_000);
    await expect.poll(() => changed, within).toHaveLength(2);
  });

  test('is forgotten when nobody refers to it and nobody asks', async () => {
    reader.data(reference('s'));
    await expect.poll(() => changed, within).toHaveLength(1);
    for (let seen = 2; seen <= 4; seen++) {
      await clock.advance(5_000);
      await expect.poll(reads, within).toBe(seen);
    }
    await clock.advance(60_000);
    expect(await reads()).toBe(4);
    expect(reader.data(reference('s'))).toBe('unread');
  });

  test('that is read as it is now is told of, where it is other than was known', async () => {
    await create('s', 'one');
    reader.data(reference('s'));
    await expect.poll(() => changed, within).toHaveLength(1);
    await change('s', 'two');
    expect(await reader.read(reference('s'))).toEqual({ token: 'two' });
    expect(changed).toHaveLength(2);
    expect(reader.data(reference('s'))).toEqual({ token: 'two' });
    await reader.read(reference('s'));
    expect(changed).toHaveLength(2);
    expect(await reader.read(reference('none'))).toBeUndefined();
  });

  test('stays as it was known while the API server is away', async () => {
    await create('s', 'one');
    used.add('s');
    reader.data(reference('s'));
    await expect.poll(() => changed, within).toHaveLength(1);
    await proxied.proxy.close();
    await expect(reader.read(reference('s'))).rejects.toBeInstanceOf(Error);
    await clock.advance(35_000);
    await expect.poll(() => errors.length, within).toBeGreaterThan(0);
    expect(reader.data(reference('s'))).toEqual({ token: 'one' });
    expect(changed).toHaveLength(1);
  });
});

test('a reader that is closed asks for nothing more and says nothing', async () => {
  await create('s', 'one');
  used.add('s');
  reader.data(reference('s'));
  reader.close();
  await clock.advance(60_000);
  await expect.poll(reads, within).toBeLessThanOrEqual(1);
  expect(changed).toEqual([]);
  expect(clock.waiting).toBe(0);
});
