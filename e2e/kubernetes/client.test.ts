import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  configMaps,
  connect,
  KubernetesError,
  listPages,
  namespaces,
  runtimeClasses,
  type KubernetesClient,
} from '@cofferdam/operator/kubernetes';
import { KubernetesClient as Client } from '../../kubernetes/src/client.ts';
import { Endpoint } from '../../kubernetes/src/endpoint.ts';
import { InCluster } from '../../kubernetes/src/in-cluster.ts';
import { Transport } from '../../kubernetes/src/transport.ts';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { connectThroughProxy } from './rig.ts';

let api: ApiServer;
let client: KubernetesClient;
const namespace = 'client';

beforeAll(async () => {
  api = await startApiServer();
  client = await connect({ kubeconfig: api.kubeconfig, userAgent: 'client' });
  await client.create(namespaces, { metadata: { name: namespace } });
});
afterAll(async () => {
  client.close();
  await api.stop();
});

async function failure(promise: Promise<unknown>): Promise<KubernetesError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KubernetesError);
  return error as KubernetesError;
}

const create = (name: string, data: Record<string, string> = { a: '1' }) =>
  client.create(configMaps, { metadata: { name, namespace }, data });

describe('verbs', () => {
  test('creates, reads and deletes, and says what is there already or not', async () => {
    const created = await create('verbs');
    const key = { namespace, name: 'verbs' };
    expect(created.metadata.uid).toBeTypeOf('string');
    expect((await client.get(configMaps, key)).data).toEqual({ a: '1' });
    expect((await failure(create('verbs'))).alreadyExists).toBe(true);
    await client.delete(configMaps, key);
    expect((await failure(client.get(configMaps, key))).notFound).toBe(true);
    expect((await failure(client.delete(configMaps, key))).notFound).toBe(true);
  });

  test('deletes only the object that was meant', async () => {
    const { metadata } = await create('meant');
    const key = { namespace, name: 'meant' };
    const uid = '00000000-0000-0000-0000-000000000000';
    expect((await failure(client.delete(configMaps, key, { uid }))).conflict).toBe(true);
    const resourceVersion = '1';
    expect((await failure(client.delete(configMaps, key, { resourceVersion }))).conflict).toBe(
      true,
    );
    await client.delete(configMaps, key, {
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    });
  });

  test('applies server-side: creates, takes over what is forced, removes what is given no more', async () => {
    const metadata = { namespace, name: 'applied' };
    const apply = (data: Record<string, string>, fieldManager: string, force = false) =>
      client.applyServerSide(configMaps, { metadata, data }, { fieldManager, force });
    await apply({ a: '1', b: '1' }, 'one');
    expect((await apply({ a: '1' }, 'one')).data).toEqual({ a: '1' });
    const refused = await failure(apply({ a: '2' }, 'two'));
    expect(refused.conflict).toBe(true);
    expect(refused.causes[0]?.field).toBe('.data.a');
    expect((await apply({ a: '2' }, 'two', true)).data).toEqual({ a: '2' });
  });

  test('applies a status beside the spec', async () => {
    const metadata = { name: 'with-status' };
    await client.create(namespaces, { metadata });
    const status = { conditions: [{ type: 'Ours', status: 'True', reason: 'R', message: '' }] };
    await client.applyServerSide(
      namespaces,
      { metadata, status } as { metadata: { name: string } },
      { fieldManager: 'status', force: true, subresource: 'status' },
    );
    const read = await client.get(namespaces, metadata);
    expect(read.status).toMatchObject({ conditions: [{ type: 'Ours' }] });
  });

  test('patches; with a resourceVersion only what has not changed since', async () => {
    const { metadata } = await create('patched');
    const key = { namespace, name: 'patched' };
    const { resourceVersion } = metadata;
    const patch = { data: { a: null, b: '2' } };
    const patched = await client.mergePatch(configMaps, { key, patch }, { resourceVersion });
    expect(patched.data).toEqual({ b: '2' });
    const again = client.mergePatch(configMaps, { key, patch }, { resourceVersion });
    expect((await failure(again)).conflict).toBe(true);
    const operations = [
      { op: 'test' as const, path: '/data/b', value: '2' },
      { op: 'replace' as const, path: '/data/b', value: '3' },
    ];
    expect((await client.jsonPatch(configMaps, { key, operations })).data).toEqual({ b: '3' });
    expect((await failure(client.jsonPatch(configMaps, { key, operations }))).invalid).toBe(true);
  });

  test('lists in pages, over all namespaces or one, by label', async () => {
    const names = ['page-a', 'page-b', 'page-c'];
    const labels = { paged: 'yes' };
    for (const name of names) {
      await client.create(configMaps, { metadata: { name, namespace, labels } });
    }
    const found: string[] = [];
    const selection = { labelSelector: 'paged=yes' };
    for await (const page of listPages(client, configMaps, { selection, pageSize: 2 })) {
      expect(page.items.length).toBeLessThanOrEqual(2);
      found.push(...page.items.map((object) => object.metadata.name));
    }
    expect(found).toEqual(names);
    const none = await client.list(configMaps, { namespace: 'default', ...selection });
    expect(none.items).toEqual([]);
  });

  test('says what the server refuses in an object, and keeps it to itself', async () => {
    const draft = { metadata: { name: 'Not a name' }, handler: 'x' };
    const refused = await failure(client.create(runtimeClasses, draft));
    expect(refused).toMatchObject({ status: 422, reason: 'Invalid', invalid: true });
    expect(refused.message).toContain('metadata.name');
    expect(refused.toWire().message).not.toContain('metadata.name');
  });

  test('a name that leads elsewhere is refused before anything is sent', async () => {
    for (const name of ['..', '.', 'a/b', 'a?b', 'a%2fb', '', 'a\nb']) {
      await expect(client.get(configMaps, { namespace, name })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
      await expect(client.list(configMaps, { namespace: name })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    }
    await expect(client.get(configMaps, { name: 'a' })).rejects.toThrow('namespace is missing');
  });
});

describe('a server that does not answer', () => {
  test('each call has a deadline, and ends when its caller wants no more', async () => {
    const key = { namespace: 'default', name: 'x' };
    const proxied = await connectThroughProxy(api, 'deadline');
    proxied.proxy.freezeAll();
    const late = await failure(proxied.client.get(configMaps, key, { deadlineMs: 100 }));
    expect(late).toMatchObject({ code: 'DEADLINE_EXCEEDED', unreachable: true, retryable: true });
    const caller = new AbortController();
    const asked = proxied.client.get(configMaps, key, { signal: caller.signal });
    caller.abort(new Error('no more'));
    await expect(asked).rejects.toThrow('no more');
    proxied.proxy.cut();
    const cut = await failure(proxied.client.get(configMaps, key));
    expect(cut).toMatchObject({ code: 'CONNECTION_LOST', unreachable: true });
    proxied.proxy.heal();
    expect((await failure(proxied.client.get(configMaps, key))).notFound).toBe(true);
    await proxied.close();
  });

  test('an answer that is too large is not taken', async () => {
    await create('large', { a: 'x'.repeat(100_000) });
    const { kubeconfig } = api;
    const narrow = await connect({ kubeconfig, userAgent: 'narrow', maxAnswerBytes: 50_000 });
    const key = { namespace, name: 'large' };
    expect(await failure(narrow.get(configMaps, key))).toMatchObject({ reason: 'TooLarge' });
    narrow.close();
  });
});

describe('watch', () => {
  test('sends bookmarks, and is ended by the server', async () => {
    const { metadata } = await client.list(configMaps, { namespace: 'default' });
    const { resourceVersion } = metadata;
    const query = { namespace: 'default', resourceVersion, timeoutSeconds: 8, silenceMs: 60_000 };
    const types = new Set<string>();
    // What happens elsewhere is what moves the version of a bookmark.
    const elsewhere = setInterval(() => void create(`elsewhere-${Date.now()}`), 500);
    for await (const { type, object } of client.watch(configMaps, query, never())) {
      types.add(type);
      expect(object.metadata.resourceVersion).not.toBe(resourceVersion);
    }
    clearInterval(elsewhere);
    expect([...types]).toEqual(['BOOKMARK']);
  });

  test('says that a version is gone', async () => {
    await create('history');
    await api.compact();
    await api.restart();
    const query = { resourceVersion: '1', timeoutSeconds: 5, silenceMs: 60_000 };
    const watching = client.watch(configMaps, query, never()).next();
    expect((await failure(watching)).gone).toBe(true);
  });
});

describe('in a pod', () => {
  test('reads its token again when the server refused it, so that a rotation is followed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'cofferdam-account-'));
    const about = JSON.parse(await readFile(api.kubeconfig, 'utf8')) as Kubeconfig;
    const authority = path.resolve(
      path.dirname(api.kubeconfig),
      about.clusters[0].cluster['certificate-authority'],
    );
    await writeFile(path.join(folder, 'ca.crt'), await readFile(authority));
    await writeFile(path.join(folder, 'token'), 'an old one\n');
    const { hostname, port } = new URL(api.url);
    const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const endpoint = new Endpoint(new InCluster({ environment, folder }));
    const pod = new Client(new Transport(endpoint, { userAgent: 'pod' }));
    const list = () => pod.list(namespaces, { limit: 1 });
    expect((await failure(list())).unauthenticated).toBe(true);
    await writeFile(path.join(folder, 'token'), `${about.users[0].user.token}\n`);
    expect((await list()).items).toHaveLength(1);
    pod.close();
    await rm(folder, { recursive: true });
  });
});

interface Kubeconfig {
  clusters: [{ cluster: { 'certificate-authority': string } }];
  users: [{ user: { token: string } }];
}

function never(): AbortSignal {
  return new AbortController().signal;
}
