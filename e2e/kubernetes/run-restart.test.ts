import type { RunStatus } from '@cofferdam/protocol';
import { sandboxRuns, type CustomResource } from '@cofferdam/operator/kubernetes';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StatusWriter } from '../../operator/src/controller/run/status-writer.ts';
import { connectThroughProxy, requestsOf, type ProxiedClient } from './rig.ts';
import { RunCluster, within } from './run-cluster.ts';
import { document, inline, NAMESPACE } from './run-rig.ts';

const SLOW = 'await new Promise((done) => setTimeout(done, 1500)); return "slow"';

const cluster = new RunCluster();
const { create, kubectl, operator, read, statusOf, wait } = cluster;

beforeAll(() => cluster.start(), 900_000);
afterAll(() => cluster.stop());
afterEach(() => cluster.clear());

describe('an operator that is killed', () => {
  let proxied: ProxiedClient;
  afterEach(() => proxied.close());

  /** Cuts the operator's way to the API server, so that it writes nothing any more. */
  const through = async (agent: string) => {
    proxied = await connectThroughProxy(cluster.api, agent);
    return operator(proxied.client);
  };

  test('before it wrote that the run runs', async () => {
    const before = await cluster.rig.total();
    const first = await through('killed-1/1');
    const asked = Promise.withResolvers<void>();
    first.onAsk = () => {
      proxied.proxy.cut();
      asked.resolve();
    };
    const name = await create(inline(SLOW));
    await asked.promise;
    await first.crash();
    expect(await statusOf(name)).toBeUndefined();
    await operator();
    await wait(name);
    expect(await statusOf(name)).toMatchObject({ result: '"slow"' });
    expect((await cluster.rig.total()) - before).toBeLessThanOrEqual(1);
  });

  test('after that: the next one has the answer of the same run', async () => {
    const before = await cluster.rig.total();
    const first = await through('killed-2/1');
    const name = await create(inline(SLOW));
    await expect.poll(async () => (await statusOf(name))?.phase, within).toBe('Running');
    await first.crash();
    const second = await operator();
    await wait(name);
    expect(await statusOf(name)).toMatchObject({ phase: 'Succeeded', result: '"slow"' });
    expect(second.asked).toHaveLength(1);
    expect(await cluster.rig.total()).toBe(before + 1);
  });

  test('after the run, before it wrote its end', async () => {
    const before = await cluster.rig.total();
    const first = await through('killed-3/1');
    const answered = Promise.withResolvers<string>();
    first.onAnswer = ({ runId }) => {
      proxied.proxy.cut();
      answered.resolve(runId);
    };
    const name = await create(inline('return 3'));
    const runId = await answered.promise;
    await first.crash();
    expect((await statusOf(name))?.runId).toBeUndefined();
    await operator();
    await wait(name);
    expect(await statusOf(name)).toMatchObject({ runId, result: '3' });
    expect(await cluster.rig.total()).toBe(before + 1);
  });

  test('after it wrote the end: nothing is asked, and nothing is written', async () => {
    const first = await through('killed-4/1');
    const name = await create(inline('return 4'));
    await wait(name);
    const { resourceVersion } = (await read(name)).metadata;
    await first.crash();
    const agent = 'next/1';
    await proxied.close();
    proxied = await connectThroughProxy(cluster.api, agent);
    const second = await operator(proxied.client);
    // A run that is created later is done when everything before it has been looked at.
    const later = await create(inline('return 5'));
    await wait(later);
    expect(second.asked).toHaveLength(1);
    expect((await read(name)).metadata.resourceVersion).toBe(resourceVersion);
    expect(await requestsOf(cluster.api, agent, 'list')).toHaveLength(1);
    const patches = await requestsOf(cluster.api, agent, 'patch');
    expect(patches.every(({ requestURI }) => requestURI.includes(later))).toBe(true);
    expect(patches.length).toBeGreaterThan(0);
  });

  test('has no request for a thousand runs that are over but the list', async () => {
    proxied = await connectThroughProxy(cluster.api, 'thousand/1');
    const spec = inline('return 1');
    const names = Array.from({ length: 1_000 }, (_, index) => `over-${index}`);
    const now = new Date().toISOString();
    const condition = { status: 'True', reason: 'Completed', message: '', lastTransitionTime: now };
    const make = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const metadata = { name, namespace: NAMESPACE };
        // eslint-disable-next-line no-await-in-loop -- as many at once as there are loops
        await cluster.client.create(sandboxRuns, { metadata, spec });
        const conditions = [{ type: 'Complete', ...condition }];
        const status = { observedGeneration: 1, conditions, completedAt: now };
        const target = { key: metadata, patch: { status } };
        // eslint-disable-next-line no-await-in-loop -- as many at once as there are loops
        await cluster.client.mergePatch(sandboxRuns, target, { subresource: 'status' });
      }
    };
    await Promise.all(Array.from({ length: 16 }, make));
    const { asked } = await operator(proxied.client);
    await wait(await create(inline('return 7')));
    expect(asked).toHaveLength(1);
    const requests = async (verb: string) =>
      (await requestsOf(cluster.api, 'thousand/1', verb)).length;
    expect(await requests('list')).toBe(4);
    expect([await requests('get'), await requests('delete')]).toEqual([0, 0]);
    expect(await requests('patch')).toBeLessThanOrEqual(2);
  });

  test('its API server is away while the run ends: the end is written when it is back', async () => {
    const first = await through('away/1');
    const answered = Promise.withResolvers<void>();
    first.onAnswer = () => {
      proxied.proxy.cut();
      answered.resolve();
    };
    const name = await create(inline('return 6'));
    await answered.promise;
    await expect.poll(() => first.errors.length, within).toBeGreaterThan(0);
    proxied.proxy.heal();
    await wait(name);
    expect(first.asked).toHaveLength(1);
  });
});

test('the end of a run is not written to a later run of the same name', async () => {
  const proxied = await connectThroughProxy(cluster.api, 'replaced/1');
  const first = await operator(proxied.client);
  const name = await create(inline('return 1'));
  await expect.poll(() => first.asked.length, within).toBe(1);
  await wait(name);
  const old = await read(name);
  const later = async (): Promise<CustomResource> => {
    await kubectl(['delete', 'sandboxrun', name]);
    await kubectl(['create', '-f', '-'], document(name, inline('return "second"')));
    return read(name);
  };
  await first.crash();
  const { uid } = (await later()).metadata;
  const { client: through } = proxied;
  const writer = new StatusWriter({ client: through, recorder: { record: () => {} } });
  const { status, ...unwritten } = old;
  expect(await writer.write(unwritten as CustomResource, status as RunStatus)).toBe(false);
  expect((await read(name)).status).toBeUndefined();
  await operator();
  await wait(name);
  expect(await read(name)).toMatchObject({ metadata: { uid }, status: { result: '"second"' } });
  await proxied.close();
});
