import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  clusterEvents,
  configMaps,
  connect,
  EventRecorder,
  namespaces,
  type ClusterEvent,
  type ConfigMap,
  type Happening,
  type KubernetesClient,
} from '@cofferdam/operator/kubernetes';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { connectThroughProxy } from './rig.ts';

let api: ApiServer;
let client: KubernetesClient;
let recorder: EventRecorder;
let object: ConfigMap;
let errors: unknown[];
let later = 0;
let count = 0;

const happening: Happening = {
  type: 'Warning',
  reason: 'CompileFailed',
  action: 'Compile',
  note: 'line 1: unexpected end of input',
};

function recorderWith(through: KubernetesClient): EventRecorder {
  return new EventRecorder({
    client: through,
    controller: 'cofferdam.dev/operator',
    instance: 'operator-0',
    onError: (error) => errors.push(error),
    clock: {
      now: () => Date.now() + later,
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
  });
}

/** What has been written about the object of this test. */
async function events(): Promise<ClusterEvent[]> {
  const { items } = await client.list(clusterEvents, { namespace: 'default' });
  return items.filter((event) => event.regarding.uid === object.metadata.uid);
}

beforeAll(async () => {
  api = await startApiServer();
  client = await connect({ kubeconfig: api.kubeconfig, userAgent: 'events' });
});
afterAll(async () => {
  client.close();
  await api.stop();
});
beforeEach(async () => {
  count += 1;
  later = 0;
  errors = [];
  recorder = recorderWith(client);
  object = await client.create(configMaps, {
    metadata: { name: `about-${count}`, namespace: 'default' },
  });
});
afterEach(() => recorder.close());

describe('events', () => {
  test('tell what happened to which object', async () => {
    recorder.record(configMaps, object, happening);
    await recorder.close();
    expect(await events()).toMatchObject([
      {
        ...happening,
        reportingController: 'cofferdam.dev/operator',
        reportingInstance: 'operator-0',
        regarding: { apiVersion: 'v1', kind: 'ConfigMap', name: object.metadata.name },
      },
    ]);
    expect(errors).toEqual([]);
  });

  test('the same again is counted in a series, and starts anew when it was quiet for a while', async () => {
    for (let n = 0; n < 5; n += 1) recorder.record(configMaps, object, happening);
    later = 61_000;
    recorder.record(configMaps, object, happening);
    await expect.poll(async () => (await events())[0]?.series?.count).toBe(6);
    expect(await events()).toHaveLength(1);
    later = 10 * 60_000;
    recorder.record(configMaps, object, happening);
    await recorder.close();
    expect(await events()).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  test('a series whose event has expired starts anew', async () => {
    recorder.record(configMaps, object, happening);
    await expect.poll(events).toHaveLength(1);
    const [event] = await events();
    await client.delete(clusterEvents, {
      namespace: 'default',
      name: event?.metadata.name ?? '',
    });
    later = 61_000;
    recorder.record(configMaps, object, happening);
    await expect
      .poll(async () => {
        recorder.record(configMaps, object, happening);
        return (await events()).length;
      })
      .toBe(1);
    expect(errors).toEqual([]);
  });

  test('an object about which too much is said is cut short, others are not', async () => {
    const other = await client.create(configMaps, {
      metadata: { name: `other-${count}`, namespace: 'default' },
    });
    for (let n = 0; n < 50; n += 1) {
      recorder.record(configMaps, object, { ...happening, note: `attempt ${n}` });
    }
    recorder.record(configMaps, other, happening);
    await recorder.close();
    expect(await events()).toHaveLength(10);
    const { items } = await client.list(clusterEvents, { namespace: 'default' });
    expect(items.some((event) => event.regarding.uid === other.metadata.uid)).toBe(true);
  });

  test('what a guest says is cut to what the server takes, and steers no terminal', async () => {
    const note = `\u001b[31m\n${'ü€😀'.repeat(1000)}`;
    const long = 'R'.repeat(500);
    recorder.record(configMaps, object, { ...happening, note, reason: long, action: long });
    await recorder.close();
    expect(errors).toEqual([]);
    const [event] = await events();
    expect(event?.note?.startsWith('[31m ü€😀')).toBe(true);
    expect(Buffer.byteLength(event?.note ?? '')).toBeGreaterThan(1000);
  });

  test('of a cluster-scoped object are in the namespace default', async () => {
    const scoped = await client.create(namespaces, { metadata: { name: `scoped-${count}` } });
    recorder.record(namespaces, scoped, happening);
    await recorder.close();
    const { items } = await client.list(clusterEvents, { namespace: 'default' });
    expect(items.some((event) => event.regarding.uid === scoped.metadata.uid)).toBe(true);
    expect(errors).toEqual([]);
  });

  test('a server that cannot be reached is reported, and never throws or blocks', async () => {
    const proxied = await connectThroughProxy(api, 'events-cut');
    proxied.proxy.cut();
    const failing = recorderWith(proxied.client);
    failing.record(configMaps, object, happening);
    await failing.close();
    expect(errors).toHaveLength(1);
    failing.record(configMaps, object, happening);
    expect(await events()).toEqual([]);
    await proxied.close();
  });
});
