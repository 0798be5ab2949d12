import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import {
  createModuleResolver,
  type CreateRuntimeOptions,
  type HostCallContext,
  type IsolateHost,
  type ScriptRuntime,
} from '../src/index.ts';
import { descendantsOf, ownDaemon, processesOf, until } from './harness.ts';

const { folder, socketPath, openHost, daemonPids } = ownDaemon();
// Each test has a dozen processes started.
vi.setConfig({ testTimeout: 60_000 });
const INDEX = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const LOST = { code: 'CONNECTION_LOST' };
const ENDED = { code: 'RUNTIME_ENDED' };

function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}
/** Whether a process has ended: who was its parent may not have been told yet. */
function hasEnded(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, ''));
  } catch {
    return true;
  }
}
const gone = (pids: readonly number[]) => until(() => pids.every(hasEnded));

/** Every kind of call that a guest can be in the middle of, each hanging at the host. */
function hanging() {
  const signals: AbortSignal[] = [];
  const never = (...args: unknown[]) => {
    signals.push((args.at(-1) as HostCallContext).signal);
    return new Promise<never>(() => {});
  };
  const options: CreateRuntimeOptions = {
    bindings: {
      fetch: (request, context) => {
        if (!request.url.endsWith('/body')) return never(context);
        return new Response(new ReadableStream({ pull: () => never(context) }));
      },
      files: { stat: never },
      modules: createModuleResolver().fallback(never),
      tools: {
        hang: never,
        async *stuck(context: HostCallContext) {
          yield 1;
          await never(context);
        },
      },
    },
  };
  const codes = [
    `await fetch('http://a.test/')`,
    `await (await fetch('http://a.test/body')).text()`,
    `await (await getDirectory()).getFileHandle('a')`,
    `import 'never'`,
    `await import('never')`,
    `await hang()`,
    `for await (const each of stuck());`,
  ];
  const start = async (host: IsolateHost) => {
    const runtimes = await Promise.all(codes.map(() => host.createRuntime(options)));
    const evals = codes.map((code, i) => begun(runtimes[i]!.eval(code)));
    const loop = begun((await host.createRuntime()).eval('for (;;);'));
    await until(() => signals.length === codes.length, 30_000);
    return { runtimes, evals: [...evals, loop] };
  };
  return { signals, start };
}

describe('a daemon that is killed', () => {
  it('in the middle of every kind of call fails each of them and aborts what it called', async () => {
    const { signals, start } = hanging();
    const host = await openHost();
    const { runtimes, evals } = await start(host);
    const opening = begun(host.createRuntime());
    const figures = runtimes[0]!.diagnostics();
    const [pid] = daemonPids() as [number];
    const below = descendantsOf(pid);
    process.kill(pid, 'SIGKILL');
    const disposing = runtimes[1]!.dispose();
    for (const work of await Promise.allSettled(evals)) {
      expect(work).toMatchObject({ status: 'rejected' });
      expect(['CONNECTION_LOST', 'RUNTIME_ENDED']).toContain(
        ((work as PromiseRejectedResult).reason as { code: string }).code,
      );
    }
    // It may have been opened in the last moment.
    await opening.then(
      (runtime) => expect(runtime.eval('1')).rejects.toMatchObject(ENDED),
      (error: unknown) => expect(error).toMatchObject(LOST),
    );
    await Promise.all([figures, disposing]);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
    for (const runtime of runtimes) {
      // eslint-disable-next-line no-await-in-loop -- each of them
      await expect(runtime.eval('1')).rejects.toMatchObject(ENDED);
    }
    await host.close();
    await gone(below);
  });
});

/** The processes of one connection's guests: those that a daemon has since. */
async function processesOfGuests(host: IsolateHost, runtime: ScriptRuntime) {
  await runtime.eval('1');
  await host.diagnostics();
  const [pid] = daemonPids() as [number];
  return { daemon: pid, all: descendantsOf(pid) };
}
const running = (pids: readonly number[], what: string) =>
  pids.filter((pid) => processesOf(what).includes(pid));

describe('a process of a daemon’s that is killed', () => {
  it('with guests in it ends those, and the next runtime has another', async () => {
    const { signals, start } = hanging();
    const host = await openHost();
    const { evals, runtimes } = await start(host);
    const { all } = await processesOfGuests(host, await host.createRuntime());
    for (const pid of running(all, 'runtimes/inside')) process.kill(pid, 'SIGKILL');
    for (const work of await Promise.allSettled(evals)) {
      expect(work).toMatchObject({
        status: 'rejected',
        reason: { code: expect.stringMatching(/ENGINE_CRASH|NEIGHBOUR|RUNTIME_ENDED/) as string },
      });
    }
    await until(() => signals.every(({ aborted }) => aborted));
    for (const runtime of runtimes) {
      // eslint-disable-next-line no-await-in-loop -- each of them
      await expect(runtime.eval('1')).rejects.toMatchObject(ENDED);
    }
    await until(async () => (await host.diagnostics()).runtimes === 0);
    expect(await host.diagnostics()).toMatchObject({ connected: true });
    expect(await (await host.createRuntime()).eval('export default 1')).toBe(1);
  });

  it('that compiles is replaced, and no runtime is lost', async () => {
    const host = await openHost();
    const runtime = await host.createRuntime();
    await runtime.eval('globalThis.kept = 7');
    const { all } = await processesOfGuests(host, runtime);
    const compilers = running(all, 'compiler');
    expect(compilers.length).toBeGreaterThan(0);
    for (const pid of compilers) process.kill(pid, 'SIGKILL');
    const works = await Promise.allSettled([
      runtime.eval('export default kept'),
      runtime.eval('export default kept + 0'),
    ]);
    for (const work of works) {
      // One that the compiler had begun may fail with it; none hangs.
      if (work.status === 'fulfilled') expect(work.value).toBe(7);
      else expect(work.reason).toBeInstanceOf(Error);
    }
    expect(await runtime.eval('export default kept + 1')).toBe(8);
  });
});

describe('a program that embeds and is killed', () => {
  it('takes its runtimes and their processes with it, and nobody else’s', async () => {
    const host = await openHost();
    const runtime = await host.createRuntime();
    const { daemon, all } = await processesOfGuests(host, runtime);
    const file = join(folder, 'killed.mjs');
    writeFileSync(
      file,
      `import { createIsolateHost } from ${JSON.stringify(INDEX)};
      const host = await createIsolateHost({ daemon: { socketPath: ${JSON.stringify(socketPath)} } });
      const runtimes = await Promise.all(Array.from({ length: 10 }, () => host.createRuntime({
        bindings: { tools: { hang: () => new Promise(() => {}) } },
      })));
      for (const each of runtimes) each.eval('setInterval(() => {}, 1); await hang()');
      runtimes[0].eval('for (;;);');
      await runtimes[9].eval('1');
      console.log('began');
      setInterval(() => {}, 1_000);`,
    );
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const grown = descendantsOf(daemon).filter((pid) => !all.includes(pid));
    expect(grown.length).toBeGreaterThan(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // What stays of them is a spare, for whoever comes next; before, there may have been none yet.
    await until(() => descendantsOf(daemon).filter((pid) => grown.includes(pid)).length <= 1);
    await until(() => descendantsOf(daemon).length <= all.length + 1);
    expect(await runtime.eval('export default 1')).toBe(1);
  });
});
