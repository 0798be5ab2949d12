import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  configMaps,
  connect,
  KubernetesError,
  namespaces,
  ResourceCache,
  type ConfigMap,
  type KubernetesClient,
  type ResourceCacheOptions,
} from '@cofferdam/operator/kubernetes';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { connectThroughProxy, requestsOf, type ProxiedClient } from './rig.ts';

const within = { timeout: 30_000, interval: 20 };

interface Seen {
  key: string;
  value: string | undefined;
}

/** Suites share one server each; every test has a namespace and a user agent of its own. */
function suite(api: () => ApiServer) {
  const rig = {} as {
    direct: KubernetesClient;
    proxied: ProxiedClient;
    namespace: string;
    agent: string;
    seen: Seen[];
    errors: unknown[];
    caches: ResourceCache<ConfigMap>[];
  };
  let count = 0;
  beforeEach(async () => {
    count += 1;
    const direct = await connect({ kubeconfig: api().kubeconfig, userAgent: 'direct' });
    const agent = `cache-${count}/1`;
    const namespace = `cache-${count}`;
    await direct.create(namespaces, { metadata: { name: namespace } });
    const proxied = await connectThroughProxy(api(), agent);
    Object.assign(rig, { direct, proxied, namespace, agent, seen: [], errors: [], caches: [] });
  });
  afterEach(async () => {
    await Promise.all(rig.caches.map((cache) => cache.close()));
    await rig.proxied.close();
    rig.direct.close();
  });
  const open = (options: Partial<ResourceCacheOptions<ConfigMap>> = {}) => {
    const cache = new ResourceCache<ConfigMap>({
      client: rig.proxied.client,
      resource: configMaps,
      namespaces: [rig.namespace],
      onChange: (key, object) => {
        rig.seen.push({ key: key.split('/')[1] ?? '', value: object?.data?.value });
      },
      onError: (error) => rig.errors.push(error),
      ...options,
      timing: { backoffMs: 20, maxBackoffMs: 200, ...options.timing },
    });
    rig.caches.push(cache);
    return cache;
  };
  const key = (name: string) => ({ namespace: rig.namespace, name });
  const put = (name: string, value: string) =>
    rig.direct.applyServerSide(
      configMaps,
      { metadata: key(name), data: { value } },
      { fieldManager: 'test', force: true },
    );
  const drop = (name: string) => rig.direct.delete(configMaps, key(name));
  const count$ = (verb: string) =>
    requestsOf(api(), rig.agent, verb).then((requests) => requests.length);
  return { rig, open, put, drop, count: count$ };
}

describe('with the watch cache of an API server as it comes', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await startApiServer();
  });
  afterAll(() => api.stop());
  const { rig, open, put, drop, count } = suite(() => api);

  test('tells what there is, what comes, what changes and what goes, in this order', async () => {
    await put('old', '1');
    let synced = 0;
    const cache = open({ onSynced: () => (synced = rig.seen.length) });
    await cache.synced();
    expect(synced).toBe(1);
    await put('new', '1');
    await put('new', '2');
    await drop('new');
    await expect.poll(() => rig.seen, within).toHaveLength(4);
    expect(rig.seen).toEqual([
      { key: 'old', value: '1' },
      { key: 'new', value: '1' },
      { key: 'new', value: '2' },
      { key: 'new', value: undefined },
    ]);
    expect(cache.keys()).toEqual([`${rig.namespace}/old`]);
    expect(cache.get(`${rig.namespace}/old`)?.data).toEqual({ value: '1' });
  });

  test('keeps neither managed fields nor the copy that kubectl leaves, and only metadata on request', async () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    await rig.direct.create(configMaps, {
      metadata: {
        name: 'big',
        namespace: rig.namespace,
        annotations: { [annotation]: '{}', a: 'b' },
      },
      data: { value: '1' },
    });
    const whole = open();
    const metadataOnly = open({ metadataOnly: true });
    await Promise.all([whole.synced(), metadataOnly.synced()]);
    expect(whole.list()[0]?.metadata.managedFields).toBeUndefined();
    expect(whole.list()[0]?.metadata.annotations).toEqual({ a: 'b' });
    expect(metadataOnly.list()[0]?.metadata.name).toBe('big');
    expect(metadataOnly.list()[0]?.data).toBeUndefined();
    await put('later', '2');
    await expect.poll(() => metadataOnly.size, within).toBe(2);
    expect(metadataOnly.get(`${rig.namespace}/later`)?.data).toBeUndefined();
  });

  test('reads a list page by page, and in smaller pages where an answer would be too large', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(names.map((name) => put(name, 'x'.repeat(20_000))));
    const cache = open({ pageSize: 2 });
    await cache.synced();
    expect(cache.size).toBe(5);
    expect(await count('list')).toBe(3);
    const narrow = await connect({
      kubeconfig: api.kubeconfig,
      userAgent: 'narrow',
      maxAnswerBytes: 50_000,
    });
    const careful = open({ client: narrow });
    await careful.synced();
    expect(careful.size).toBe(5);
    await careful.close();
    narrow.close();
  });

  test('watches the named namespaces and no other, and what a selector selects', async () => {
    const other = `${rig.namespace}-other`;
    await rig.direct.create(namespaces, { metadata: { name: other } });
    const inOther = (name: string, labels: Record<string, string> = {}) =>
      rig.direct.create(configMaps, { metadata: { name, namespace: other, labels } });
    const both = open({ namespaces: [rig.namespace, other] });
    const selected = open({ namespaces: [], labelSelector: `for=${other}` });
    await Promise.all([both.synced(), selected.synced()]);
    await put('mine', '1');
    await inOther('plain');
    await inOther('labelled', { for: other });
    await rig.direct.create(configMaps, { metadata: { name: 'elsewhere', namespace: 'default' } });
    await expect.poll(() => both.size, within).toBe(3);
    await expect.poll(() => selected.keys(), within).toEqual([`${other}/labelled`]);
    expect(both.keys().toSorted()).toEqual([
      `${other}/labelled`,
      `${other}/plain`,
      `${rig.namespace}/mine`,
    ]);
    await rig.direct.delete(configMaps, { name: 'elsewhere', namespace: 'default' });
  });

  test('no events: the server ends the watch by and by, and it goes on without another list', async () => {
    const cache = open({ timing: { watchSeconds: 1 } });
    await cache.synced();
    await expect.poll(() => count('watch'), within).toBeGreaterThanOrEqual(4);
    await put('after', '1');
    await expect.poll(() => rig.seen, within).toEqual([{ key: 'after', value: '1' }]);
    expect(await count('list')).toBe(1);
    expect(rig.errors).toEqual([]);
  });

  test('no events of ours: bookmarks move the version from which the watch goes on', async () => {
    const cache = open({ timing: { watchSeconds: 8 } });
    await cache.synced();
    for (let n = 0; n < 5; n += 1) {
      await rig.direct.create(configMaps, {
        metadata: { name: `${rig.namespace}-${n}`, namespace: 'default' },
      });
    }
    await expect.poll(() => count('watch'), within).toBeGreaterThanOrEqual(2);
    const [first, second] = (await requestsOf(api, rig.agent, 'watch')).map((request) =>
      new URL(request.requestURI, api.url).searchParams.get('resourceVersion'),
    );
    expect(second).not.toBe(first);
    expect(rig.seen).toEqual([]);
  });

  test('a connection that falls silent is given up, and what happened meanwhile arrives', async () => {
    const cache = open({ timing: { silenceMs: 1500 } });
    await cache.synced();
    await put('before', '1');
    await expect.poll(() => rig.seen, within).toHaveLength(1);
    rig.proxied.proxy.freeze();
    await put('meanwhile', '1');
    await drop('before');
    await expect.poll(() => rig.seen, within).toHaveLength(3);
    expect(rig.seen.slice(1)).toEqual([
      { key: 'meanwhile', value: '1' },
      { key: 'before', value: undefined },
    ]);
    expect((rig.errors[0] as KubernetesError).reason).toBe('Silent');
    expect(await count('list')).toBe(1);
  });

  test('an API server that is killed and comes back: the watch goes on where it was', async () => {
    const cache = open();
    await cache.synced();
    await put('before', '1');
    await expect.poll(() => rig.seen, within).toHaveLength(1);
    await api.kill();
    await expect.poll(() => rig.errors.length, within).toBeGreaterThanOrEqual(2);
    await api.restart();
    await put('after', '1');
    await drop('before');
    await expect.poll(() => rig.seen, within).toHaveLength(3);
    expect(cache.keys()).toEqual([`${rig.namespace}/after`]);
    expect(await count('list')).toBe(1);
    expect(rig.errors.every((error) => (error as KubernetesError).unreachable)).toBe(true);
  });

  test('opened while there is no server, it is synced once there is one', async () => {
    rig.proxied.proxy.cut();
    await put('there', '1');
    const cache = open();
    await expect.poll(() => rig.errors.length, within).toBeGreaterThanOrEqual(2);
    expect(cache.isSynced).toBe(false);
    rig.proxied.proxy.heal();
    await cache.synced();
    expect(cache.isSynced).toBe(true);
    expect(rig.seen).toEqual([{ key: 'there', value: '1' }]);
  });

  test('a handler that throws or rejects is told again, with the object as it is then; others are not held up', async () => {
    const failures = new Map([
      ['throws', 2],
      ['rejects', 2],
    ]);
    const told: string[] = [];
    const cache = open({
      onChange: (key, object) => {
        const name = key.split('/')[1] ?? '';
        const left = failures.get(name) ?? 0;
        failures.set(name, left - 1);
        if (left > 0 && name === 'rejects') return Promise.reject(new Error(name));
        if (left > 0) throw new Error(name);
        told.push(`${name}=${object?.data?.value}`);
        return undefined;
      },
    });
    await cache.synced();
    await put('throws', '1');
    await put('rejects', '1');
    await put('fine', '1');
    await expect.poll(() => told, within).toContain('fine=1');
    await expect.poll(() => told, within).toContain('throws=1');
    await expect.poll(() => told, within).toContain('rejects=1');
    expect(rig.errors.map((error) => (error as Error).message).toSorted()).toEqual([
      'rejects',
      'rejects',
      'throws',
      'throws',
    ]);
  });

  test('what throws in a reporter ends nothing', async () => {
    const cache = open({
      timing: { watchSeconds: 1 },
      onSynced: () => {
        throw new Error('synced');
      },
      onError: () => {
        throw new Error('reporter');
      },
    });
    await cache.synced();
    rig.proxied.proxy.cut();
    rig.proxied.proxy.heal();
    await put('after', '1');
    await expect.poll(() => cache.size, within).toBe(1);
  });

  test('lists again after a while as a safety net, and tells nothing that it told before', async () => {
    await put('a', '1');
    open({ timing: { relistMs: 1000, watchSeconds: 1 } });
    await expect.poll(() => count('list'), within).toBeGreaterThanOrEqual(3);
    expect(rig.seen).toEqual([{ key: 'a', value: '1' }]);
  });

  test('closed, it leaves no connection and tells nothing more; whoever waits for it learns so', async () => {
    const cache = open();
    await cache.synced();
    await expect.poll(() => count('watch'), within).toBe(1);
    await cache.close();
    rig.proxied.client.close();
    await expect.poll(() => rig.proxied.proxy.open, within).toBe(0);
    await put('after', '1');
    const other = open();
    rig.proxied.proxy.cut();
    const waiting = other.synced();
    await other.close();
    await expect(waiting).rejects.toThrow('closed');
    expect(rig.seen).toEqual([]);
  });
});

describe('with watches answered from etcd', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await startApiServer({ watchCache: false });
  });
  afterAll(() => api.stop());
  const { rig, open, put, drop, count } = suite(() => api);

  test('410 Gone after a compaction: lists again and tells exactly what is different', async () => {
    for (const name of ['changed', 'gone', 'replaced', 'same']) await put(name, '1');
    const cache = open();
    await cache.synced();
    await expect.poll(() => count('watch'), within).toBe(1);
    rig.proxied.proxy.cut();
    rig.seen.length = 0;
    await put('changed', '2');
    await drop('gone');
    await drop('replaced');
    await put('replaced', '2');
    await put('new', '1');
    await api.compact();
    rig.proxied.proxy.heal();
    await expect.poll(() => rig.seen, within).toHaveLength(5);
    expect(rig.seen.toSorted((a, b) => a.key.localeCompare(b.key))).toEqual([
      { key: 'changed', value: '2' },
      { key: 'gone', value: undefined },
      { key: 'new', value: '1' },
      { key: 'replaced', value: undefined },
      { key: 'replaced', value: '2' },
    ]);
    const gone = rig.errors.filter((error) => error instanceof KubernetesError && error.gone);
    expect(gone).toHaveLength(1);
    expect(await count('list')).toBe(2);
    await put('later', '1');
    await expect.poll(() => cache.has(`${rig.namespace}/later`), within).toBe(true);
  });
});
