import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ProcessDriver } from '@cofferdam/operator';
import { BROWSER_POD_METHODS, LASTING } from '@cofferdam/protocol';
import { acquireBrowser } from '../src/core/browsers/acquire.ts';
import { PoolDirectory } from '../src/core/pools.ts';
import { createRunnerRegistry } from '../src/core/runners/dialled-runners.ts';
import { tempDir, testPool } from './peer.ts';
import { startEgress, stop } from './processes.ts';

const POOL = 'browser';
const BOUNDS = { minimum: 0, maximum: 2 };

/** Registry, driver and egress as `cofferdam up --browser` has them. */
async function world() {
  const folder = await tempDir();
  const egress = await startEgress(folder);
  const gatewayAddress = join(folder, 'gateway.sock');
  const pools = new PoolDirectory([testPool({ name: POOL, browserSessions: 4, idleMs: 1_000 })]);
  const registry = await createRunnerRegistry({ addresses: [gatewayAddress], pools });
  const driver = new ProcessDriver({
    ...{ registry, pool: POOL, bounds: BOUNDS, gatewayAddress, egressAddress: egress.socket },
    runnerEntry: new URL(import.meta.resolve('@cofferdam/browser/pod')),
  });
  registry.attach(driver);
  onTestFinished(async () => {
    await registry.close();
    await driver.close();
    await stop(egress.process);
    await rm(folder, { recursive: true, force: true });
  });
  return { registry, pools, driver };
}

it('a browser is started when somebody needs one, serves its tenant and is let go when idle', async () => {
  const { registry, pools, driver } = await world();
  expect(driver.size).toBe(0);
  const claim = { tenant: 'home', namespace: 'home', script: 'uid-1', sessionId: 'session-1' };
  const lease = await acquireBrowser({ registry, pools }, claim, { deadlineMs: 30_000 });
  expect(lease.layers).toEqual(['process']);
  const end = new AbortController();
  const { open, call } = BROWSER_POD_METHODS;
  const opened = Promise.withResolvers<unknown>();
  const session = lease.channel.call(
    open,
    { sessionId: 'session-1', tenant: 'home' },
    { deadlineMs: LASTING, signal: end.signal, onEvent: opened.resolve },
  );
  session.reply.catch(opened.reject);
  expect(await opened.promise).toEqual({ opened: true });
  const asked = { sessionId: 'session-1', object: 'browser', method: 'newContext', args: '[]' };
  const answer = await lease.channel.call(call, asked, { deadlineMs: 15_000 }).reply;
  expect(answer).toMatchObject({ value: expect.stringContaining('"c":"Context"') });
  expect(registry.list()).toEqual([
    expect.objectContaining({ role: 'browser', tenant: 'home', active: 1 }),
  ]);
  end.abort();
  lease.release();
  await vi.waitUntil(() => driver.size === 0, { timeout: 15_000, interval: 50 });
  expect(registry.list()).toEqual([]);
}, 60_000);
