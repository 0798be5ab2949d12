import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';
import {
  createIsolateHost,
  type ConsoleEntry,
  type CreateRuntimeOptions,
  type DaemonOptions,
  type IsolateHost,
  type ScriptRuntime,
} from '../src/index.ts';

/** A folder of this test file's own, of this user alone; gone afterwards. */
export function privateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cofferdam-sdk-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The processes whose command line names a text, by their id. */
export function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => commandOf(pid).includes(text));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended
  }
}

/** A process's children and theirs. */
export function descendantsOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Waits until something is so; what only the system can tell has no event. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 10_000) {
  const endsAt = performance.now() + withinMs;
  // eslint-disable-next-line no-await-in-loop -- asked again and again
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error('it did not come to be in time');
    // eslint-disable-next-line no-await-in-loop
    await sleep(10);
  }
}

/** A daemon of this test file's own, which the library itself starts. */
export function ownDaemon() {
  const folder = privateFolder();
  const socketPath = join(folder, 'isolate.sock');
  const hosts: IsolateHost[] = [];
  const openHost = async (daemon: DaemonOptions = {}): Promise<IsolateHost> => {
    const host = await createIsolateHost({ daemon: { socketPath, ...daemon } });
    hosts.push(host);
    return host;
  };
  const daemonPids = () => processesOf(`--socket ${socketPath}`);
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()));
  });
  afterAll(() => {
    for (const pid of daemonPids()) process.kill(pid, 'SIGTERM');
  });
  return { folder, socketPath, openHost, daemonPids };
}

/** Opens runtimes on one host, which collect what their guests write. */
export function runtimesOn(openHost: () => Promise<IsolateHost>) {
  return async (
    options: CreateRuntimeOptions = {},
  ): Promise<{ host: IsolateHost; runtime: ScriptRuntime; entries: ConsoleEntry[] }> => {
    const entries: ConsoleEntry[] = [];
    const host = await openHost();
    const bindings = { console: { onEntry: (entry: ConsoleEntry) => void entries.push(entry) } };
    const runtime = await host.createRuntime({
      ...options,
      bindings: { ...bindings, ...options.bindings },
    });
    return { host, runtime, entries };
  };
}
