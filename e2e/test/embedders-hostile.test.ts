import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createIsolateHost,
  createModuleResolver,
  type CreateRuntimeOptions,
  type HostCallContext,
  type IsolateHost,
} from 'cofferdam';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { descendants } from '../../cli/test/cofferdam-process.ts';
import { Instance } from './instance.ts';

const SDK = fileURLToPath(import.meta.resolve('cofferdam'));
const within = { timeout: 15_000, interval: 20 };
let up: Instance;
const hosts: IsolateHost[] = [];

async function openHost(url = up.url): Promise<IsolateHost> {
  const host = await createIsolateHost({ gateway: { url } });
  hosts.push(host);
  return host;
}

beforeAll(async () => {
  up = await Instance.start();
}, 60_000);
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(() => up[Symbol.asyncDispose]());

function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

/** A guest in the middle of each kind of call, and one that loops. */
async function inTheMiddle(host: IsolateHost) {
  const signals: AbortSignal[] = [];
  const never = (...args: unknown[]) => {
    signals.push((args.at(-1) as HostCallContext).signal);
    return new Promise<never>(() => {});
  };
  const options: CreateRuntimeOptions = {
    bindings: {
      fetch: (_request, context) =>
        new Response(new ReadableStream({ pull: () => never(context) })),
      files: { stat: never },
      modules: createModuleResolver().fallback(never),
      tools: { hang: never },
    },
  };
  const codes = [
    `await (await fetch('http://a.test/')).text()`,
    `await (await getDirectory()).getFileHandle('a')`,
    `import 'never'`,
    `await import('never')`,
    `await hang()`,
  ];
  const evals = await Promise.all(
    [...codes, 'for (;;);'].map(async (code) => {
      const runtime = await host.createRuntime(options);
      return { runtime, work: begun(runtime.eval(code)) };
    }),
  );
  await vi.waitUntil(() => signals.length === codes.length, within);
  return { evals, signals };
}

async function expectAllOver({ evals, signals }: Awaited<ReturnType<typeof inTheMiddle>>) {
  for (const { status, reason } of (await Promise.allSettled(
    evals.map(({ work }) => work),
  )) as PromiseRejectedResult[]) {
    expect(status).toBe('rejected');
    expect((reason as { code: string }).code).toMatch(/^[A-Z_]+$/);
  }
  await vi.waitUntil(() => signals.every(({ aborted }) => aborted), within);
  for (const { runtime } of evals) {
    // eslint-disable-next-line no-await-in-loop -- each of them
    await expect(runtime.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  }
}

describe('on a gateway, in the middle of every kind of call', () => {
  it('a host that is closed has each of them over', async () => {
    const host = await openHost();
    const middle = await inTheMiddle(host);
    await host.close();
    await expectAllOver(middle);
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
  });

  it('a process of guests that is killed ends those, and the next runtime has another', async () => {
    const host = await openHost();
    const middle = await inTheMiddle(host);
    for (const pid of await guests()) process.kill(pid, 'SIGKILL');
    await expectAllOver(middle);
    expect(await (await host.createRuntime()).eval('export default 1')).toBe(1);
  });

  it('a runner that is killed ends its runtimes, and the host has others afterwards', async () => {
    const host = await openHost();
    const middle = await inTheMiddle(host);
    for (const pid of await up.processesOf('runner')) process.kill(pid, 'SIGKILL');
    await expectAllOver(middle);
    // The gateway has another runner soon; until then it may refuse.
    await vi.waitUntil(async () => {
      const again = await openHost();
      const value = await again.createRuntime().then(
        (runtime) => runtime.eval('export default 1'),
        (error: unknown) => error,
      );
      return value === 1;
    }, within);
  });

  it('a program that is killed takes its runtimes and their processes with it', async () => {
    const survivor = await (await openHost()).createRuntime();
    await survivor.eval('globalThis.kept = 1');
    const before = await guests();
    const folder = await mkdtemp(join(tmpdir(), 'embedders-killed-'));
    const file = join(folder, 'killed.mjs');
    await writeFile(
      file,
      `import { createIsolateHost } from ${JSON.stringify(SDK)};
      const host = await createIsolateHost({ gateway: { url: ${JSON.stringify(up.url)} } });
      const tools = { hang: () => new Promise(() => {}) };
      const runtimes = await Promise.all(Array.from({ length: 12 }, () => host.createRuntime({ bindings: { tools } })));
      for (const each of runtimes) each.eval('setInterval(() => {}, 1); await hang()');
      await runtimes[11].eval('1');
      runtimes[0].eval('for (;;);');
      console.log('began');
      setInterval(() => {}, 1_000);`,
    );
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    // A process holds eight; a tenant's share them with its other programs.
    await vi.waitUntil(async () => (await guests()).length > before.length, within);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await vi.waitUntil(async () => (await guests()).length <= before.length, within);
    expect(await survivor.eval('export default kept')).toBe(1);
    await rm(folder, { recursive: true });
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it has ended
  }
}

function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0; // it has ended
  }
}

/** Processes that run guests of runtimes, or wait for some. */
async function guests(): Promise<number[]> {
  return (await descendants(up.process.pid)).filter((pid) =>
    commandOf(pid).includes('runtimes/inside'),
  );
}

it('on a gateway a binding that fails, answers nonsense or too much fails its call alone', async () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const host = await openHost();
  const runtime = await host.createRuntime({
    bindings: {
      fetch: () => 'text' as never,
      files: { stat: async () => 5 as never, readFile: async () => 5 as never },
      modules: createModuleResolver().virtual('big', () => 'x'.repeat(20_000_000)),
      tools: {
        fail: () => {
          throw Object.assign(new Error("ENOENT: '/root/secret'"), {
            syscall: 'open',
            code: 'ENOENT',
          });
        },
        cycle: () => cycle,
        huge: () => new Uint8Array(100_000_000),
      },
    },
  });
  const told = (await runtime.eval(`
    const works = [
      () => fail(), () => cycle(), () => huge(), () => fetch('http://a.test/'),
      async () => (await getDirectory()).getFileHandle('a'), () => import('big'), () => import('none'),
    ];
    const told = [];
    for (const work of works) told.push(await work().then(() => 'none', (error) => error.name + ': ' + error.message));
    export default told;
  `)) as string[];
  expect(told).toHaveLength(7);
  for (const each of told) expect(each).toMatch(/^\w*Error: ./);
  expect(told.join()).not.toMatch(/secret|sdk\/src|INTERNAL/);
  expect(await runtime.eval('export default 1')).toBe(1);
});

it('on a gateway a signal that was aborted before starts nothing, and every option is checked', async () => {
  const host = await openHost();
  const runtime = await host.createRuntime();
  const signal = AbortSignal.abort();
  await expect(runtime.eval('1', { signal })).rejects.toMatchObject({ name: 'AbortError' });
  await expect(runtime.eval('1', { executionTimeout: Number.NaN })).rejects.toThrow(
    'executionTimeout',
  );
  await expect(host.createRuntime({ memoryLimitMB: 1 })).rejects.toThrow('memoryLimitMB');
  expect((await runtime.diagnostics()).guestEvals).toBe(0);
  expect(await host.diagnostics()).toMatchObject({ runtimes: 1 });
});

it('on a gateway thirty runtimes, some of which fail, leave no process and no descriptor', async () => {
  const session = async (count: number) => {
    const host = await openHost();
    const work = async (i: number) => {
      const runtime = await host.createRuntime({
        bindings: { fetch: () => new Response('x'), tools: { hang: () => new Promise(() => {}) } },
      });
      await runtime.eval(`await (await fetch('http://a.test/')).text(); hang().catch(() => {})`);
      if (i % 3 === 0) await runtime.eval('for (;;);', { executionTimeout: 30 }).catch(() => {});
      if (i % 3 === 1) await runtime.dispose();
    };
    await Promise.all(Array.from({ length: count }, (_, i) => work(i)));
    await host.close();
  };
  const held = async () => {
    const pids = [up.process.pid, ...(await descendants(up.process.pid))];
    const lasting = pids.filter((pid) => !/runtimes\/inside|compiler|inside/.test(commandOf(pid)));
    return lasting.map((pid) => `${commandOf(pid).split('/').at(-1)} ${descriptorsOf(pid)}`).sort();
  };
  await session(10);
  // One that is empty, and a spare.
  await vi.waitUntil(async () => (await guests()).length <= 2, within);
  const before = await held();
  await session(30);
  await vi.waitUntil(async () => (await guests()).length <= 2, within);
  // Some of the first session's may still have been closing when they were counted.
  await vi.waitUntil(async () => hasNoMore(await held(), before), within).catch(() => {});
  expect(await held()).toSatisfy((now: string[]) => hasNoMore(now, before));
});

/** The same processes, and none with more descriptors. */
function hasNoMore(now: readonly string[], before: readonly string[]): boolean {
  const read = (each: string) => /^(.*) (\d+)$/.exec(each)!.slice(1) as [string, string];
  const [is, was] = [now.map(read), before.map(read)];
  const sameNames = is.map(([name]) => name).join() === was.map(([name]) => name).join();
  return sameNames && is.every(([, count], i) => Number(count) <= Number(was[i]![1]));
}

it('a gateway that is stopped in the middle ends what is under way', async () => {
  const own = await Instance.start({ env: { ISOLATE_DRAIN_MS: '200' } });
  const host = await openHost(own.url);
  const middle = await inTheMiddle(host);
  await own[Symbol.asyncDispose]();
  await expectAllOver(middle);
  expect(await host.diagnostics()).toMatchObject({ runtimes: 0, connected: false });
  await expect(host.createRuntime()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  await expect(createIsolateHost({ gateway: { url: own.url } })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
}, 60_000);
