import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ownDaemon, until } from './harness.ts';

const DAEMON = fileURLToPath(new URL('../bin/isolate-daemon.js', import.meta.url));
const { folder, openHost, daemonPids } = ownDaemon();

/** A daemon that ends soon after its last connection. */
function shortDaemon(): { entrypoint: string } {
  const entrypoint = join(folder, 'short-daemon.mjs');
  const text = `process.argv.push('--idle', '100'); await import(${JSON.stringify(DAEMON)});`;
  writeFileSync(entrypoint, text);
  return { entrypoint };
}

it('a daemon stays for a session that nobody has, until it is evicted, and ends then', async () => {
  const daemon = shortDaemon();
  const host = await openHost(daemon);
  const session = await host.getNamespacedRuntime('a', { idleTimeoutMs: 2_000 });
  await session.eval('globalThis.n = 1');
  const [pid] = daemonPids();
  await host.close();
  await new Promise((done) => setTimeout(done, 600));
  expect(daemonPids()).toEqual([pid]);
  const next = await openHost(daemon);
  const again = await next.getNamespacedRuntime('a', { idleTimeoutMs: 1_000 });
  expect([again.created, await again.eval('export default n')]).toEqual([false, 1]);
  await next.close();
  await until(() => daemonPids().length === 0);
});

it('a daemon ends soon after its last session was disposed of', async () => {
  const host = await openHost(shortDaemon());
  await (await host.getNamespacedRuntime('a')).dispose();
  expect(daemonPids()).toHaveLength(1);
  await host.disposeNamespace('a');
  await host.close();
  await until(() => daemonPids().length === 0);
});

it('a hundred sessions are each what they were, for whichever host comes next', async () => {
  const daemon = shortDaemon();
  const host = await openHost(daemon);
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  // As many at a time as a busy machine starts processes for.
  const inTurns = async (work: (i: number) => Promise<void>) => {
    for (let from = 0; from < 100; from += 4) {
      // eslint-disable-next-line no-await-in-loop
      await Promise.all(numbers.slice(from, from + 4).map(work));
    }
  };
  await inTurns(async (i) => {
    const session = await host.getNamespacedRuntime(`session ${i}`);
    await session.eval(`globalThis.n = ${i}`);
  });
  await host.close();
  const next = await openHost(daemon);
  const found: unknown[] = [];
  await inTurns(async (i) => {
    const session = await next.getNamespacedRuntime(`session ${i}`);
    found[i] = [session.created, await session.eval('export default n')];
  });
  expect(found).toEqual(numbers.map((i) => [false, i]));
  await Promise.all(numbers.map((i) => next.disposeNamespace(`session ${i}`)));
  await next.close();
  await until(() => daemonPids().length === 0);
}, 60_000);
