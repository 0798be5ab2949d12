import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { descendantsOf, privateFolder, processesOf, until } from './harness.ts';

const PROGRAM = fileURLToPath(new URL('./leak-program.ts', import.meta.url));
const DAEMON = fileURLToPath(new URL('../bin/isolate-daemon.js', import.meta.url));
const MiB = 2 ** 20;
/** The first round brings what is made once; the two after it are compared. */
const RUNTIMES_A_ROUND = 36;

interface Held {
  resources: string[];
  descriptors: number;
  heapBytes: number;
}

const folder = privateFolder();
const socketPath = join(folder, 'leak.sock');

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

it('a hundred runtimes, with all that they can do and all that can fail, leave nothing behind', async () => {
  const entrypoint = join(folder, 'short-daemon.mjs');
  const idle = `process.argv.push('--idle', '200'); await import(${JSON.stringify(DAEMON)});`;
  writeFileSync(entrypoint, idle);
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const child = spawn(
    process.execPath,
    ['--expose-gc', PROGRAM, socketPath, entrypoint, folder, String(RUNTIMES_A_ROUND)],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: temporary } },
  );
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const rounds: (Held & { daemonDescriptors: number; processes: number })[] = [];
  for (let round = 0; round < 3; round++) {
    // eslint-disable-next-line no-await-in-loop -- one round after the other
    const { value } = await lines.next();
    const [daemon] = processesOf(`--socket ${socketPath}`) as [number];
    const below = () => descendantsOf(daemon).length;
    // The compiler of the one connection that stays, and a spare process.
    // eslint-disable-next-line no-await-in-loop
    await until(() => below() <= 2);
    rounds.push({
      ...(JSON.parse(value as string) as Held),
      daemonDescriptors: descriptorsOf(daemon),
      processes: below(),
    });
    child.stdin.write('next\n');
  }
  const [, before, after] = rounds;
  expect(after!.resources).toEqual(before!.resources);
  expect(after!.descriptors).toBe(before!.descriptors);
  expect(after!.processes).toBe(before!.processes);
  expect(after!.daemonDescriptors).toBe(before!.daemonDescriptors);
  // A runtime that was kept would be 50 KB and more.
  expect((after!.heapBytes - before!.heapBytes) / MiB).toBeLessThan(1.5);

  const [daemon] = processesOf(`--socket ${socketPath}`) as [number];
  const all = [daemon, ...descendantsOf(daemon)];
  expect(await exited).toEqual([0, null]);
  await until(() => processesOf(folder).length === 0);
  await until(() => all.every((pid) => !processesOf('isolate').includes(pid)));
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith('leak'))).toEqual(['leak.sock.lock']);
}, 60_000);

it('a program that waits for an answer of a guest’s function does not end before', async () => {
  const file = join(folder, 'waits.mjs');
  const index = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  const daemon = { socketPath: join(folder, 'waits.sock') };
  writeFileSync(
    file,
    `import { createIsolateHost } from ${JSON.stringify(index)};
    const host = await createIsolateHost({ daemon: ${JSON.stringify(daemon)} });
    let given;
    const tools = { give: (...all) => { given = all } };
    const runtime = await host.createRuntime({ bindings: { tools } });
    await runtime.eval(\`
      const slow = () => new Promise((done) => setTimeout(() => done('late'), 200));
      await give(slow, (async function* () { yield await slow(); })());\`);
    console.log(await given[0]());
    for await (const each of given[1]) console.log(each);`,
  );
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const text = child.stdout.toArray();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(Buffer.concat(await text).toString()).toBe('late\nlate\n');
  for (const pid of processesOf(`--socket ${daemon.socketPath}`)) process.kill(pid, 'SIGTERM');
});
