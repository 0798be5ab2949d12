import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { NamespacedRuntime } from '../src/index.ts';
import { descendantsOf, until } from './harness.ts';
import { ownSessions, reacquire } from './session-harness.ts';

vi.setConfig({ testTimeout: 60_000 });
const { socketPath, openHost, daemonPids, newKey } = ownSessions();
const PROGRAM = fileURLToPath(new URL('./session-program.ts', import.meta.url));
const IN_USE = { code: 'SESSION_IN_USE' };
const ENDED = { code: 'RUNTIME_ENDED' };
const LOST = { code: 'SESSION_LOST' };
const EXPIRED = { code: 'SESSION_EXPIRED' };

/** One that ends by itself meanwhile needs no killing. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('a session ends', () => {
  it('by a hard dispose, and its key makes a new one', async () => {
    const host = await openHost();
    const key = newKey();
    const first = await host.getNamespacedRuntime(key);
    await first.eval('globalThis.n = 1');
    await first.dispose({ hard: true, reason: 'enough' });
    await expect(first.eval('1')).rejects.toMatchObject({ ...ENDED, message: /enough/ });
    const second = await host.getNamespacedRuntime(key);
    expect(second.created).toBe(true);
    expect(await second.eval('export default typeof n')).toBe('undefined');
  });

  it('by disposeNamespace, whoever has it, and again and again', async () => {
    const [one, other] = [await openHost(), await openHost()];
    const key = newKey();
    const held = await one.getNamespacedRuntime(key);
    const running = held.eval('await new Promise(() => {})').catch((error: unknown) => error);
    await held.eval('1');
    await other.disposeNamespace(key, { reason: 'not needed any more' });
    expect(await running).toMatchObject({ code: expect.stringMatching(/CANCELLED|RUNTIME_ENDED/) });
    await until(async () => (await one.diagnostics()).runtimes === 0);
    await expect(held.eval('1')).rejects.toMatchObject({ ...ENDED, message: /not needed/ });
    await other.disposeNamespace(key);
    expect((await other.getNamespacedRuntime(key)).created).toBe(true);
  });

  it('by an abort, a time limit, or a dispose in the middle of an eval', async () => {
    const host = await openHost();
    const ways: ((session: NamespacedRuntime) => Promise<unknown>)[] = [
      async (session) => {
        const abort = new AbortController();
        const running = session.eval('for (;;);', { signal: abort.signal });
        setTimeout(() => abort.abort(), 50);
        await expect(running).rejects.toMatchObject({ name: 'AbortError' });
        await session.dispose();
      },
      (session) =>
        expect(session.eval('for (;;);', { executionTimeout: 50 })).rejects.toMatchObject({
          code: expect.stringMatching(/TIME_EXCEEDED/),
        }),
      async (session) => {
        const running = session
          .eval('await new Promise(() => {})')
          .catch((error: unknown) => error);
        await session.eval('1');
        await session.dispose();
        expect(await running).toMatchObject(ENDED);
      },
    ];
    for (const end of ways) {
      const key = newKey();
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await end(await host.getNamespacedRuntime(key));
      // eslint-disable-next-line no-await-in-loop
      expect((await host.getNamespacedRuntime(key)).created).toBe(true);
    }
  });

  it('not by an eval that only fails, nor by a signal that was aborted before', async () => {
    const host = await openHost();
    const key = newKey();
    const session = await host.getNamespacedRuntime(key);
    await expect(session.eval('throw new Error("no")')).rejects.toThrow('no');
    const aborted = session.eval('1', { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await session.dispose();
    expect((await host.getNamespacedRuntime(key)).created).toBe(false);
  });

  it('when nobody had it for its idle time: whoever asks is told, until it is disposed of', async () => {
    const host = await openHost();
    const key = newKey();
    await (await host.getNamespacedRuntime(key, { idleTimeoutMs: 1_000 })).dispose();
    // There is no event of it, and to ask for the session would have its time begin anew.
    await new Promise((done) => setTimeout(done, 1_100));
    await expect(host.getNamespacedRuntime(key)).rejects.toMatchObject(EXPIRED);
    await expect((await openHost()).getNamespacedRuntime(key)).rejects.toMatchObject(EXPIRED);
    await host.disposeNamespace(key);
    expect((await host.getNamespacedRuntime(key)).created).toBe(true);
  });

  it('by its own doing while nobody has it: whoever asks next is told how', async () => {
    const host = await openHost();
    const ends: [string, string][] = [
      [
        'const all = []; setTimeout(() => { for (;;) all.push(new Array(1e4).fill(all.length)) }, 20)',
        'Memory',
      ],
      ['setTimeout(() => { for (;;); }, 20)', 'CpuTime'],
    ];
    const lost = ends.map(async ([code, reason]) => {
      const key = newKey();
      const executionTimeout = reason === 'CpuTime' ? 300 : 60_000;
      const options = { memoryLimitMB: 32, executionTimeout };
      const session = await host.getNamespacedRuntime(key, options);
      // Its own time is the machine's to need; what the guest does at a stretch is the session's.
      await session.eval(code, { executionTimeout: 60_000 });
      await session.dispose();
      let error: unknown;
      await until(async () => {
        try {
          await (await host.getNamespacedRuntime(key, options)).dispose();
          return false;
        } catch (thrown) {
          error = thrown;
          return true;
        }
      });
      expect(error).toMatchObject({ ...LOST, message: expect.stringContaining(reason) });
      await expect(host.getNamespacedRuntime(key)).rejects.toMatchObject(LOST);
      await host.disposeNamespace(key);
      expect((await host.getNamespacedRuntime(key)).created).toBe(true);
    });
    await Promise.all(lost);
  });

  it('with its process: those who have it are told, and those who come next', async () => {
    const host = await openHost();
    const [held, idle] = [newKey(), newKey()];
    const session = await host.getNamespacedRuntime(held);
    await (await host.getNamespacedRuntime(idle)).dispose();
    for (const pid of descendantsOf(daemonPids()[0]!)) kill(pid);
    await until(async () => (await host.diagnostics()).runtimes === 0);
    await expect(session.eval('1')).rejects.toMatchObject(ENDED);
    // One of the processes may be handed out before its own end was noticed.
    const again = await vi.waitFor(() => host.getNamespacedRuntime(held), { timeout: 10_000 });
    expect(again.created).toBe(true);
    await expect(host.getNamespacedRuntime(idle)).rejects.toMatchObject(LOST);
  });
});

describe('a program that is killed', () => {
  async function started(key: string, code: string) {
    const child = spawn(process.execPath, [PROGRAM, socketPath, key, code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return { child, next: async () => (await lines.next()).value as string };
  }

  it('leaves its session to another one', async () => {
    const host = await openHost();
    const key = newKey();
    const { child, next } = await started(key, 'globalThis.n = 41');
    expect(await next()).toBe('done');
    await expect(host.getNamespacedRuntime(key)).rejects.toMatchObject(IN_USE);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const session = await reacquire(host, key);
    expect(session.created).toBe(false);
    expect(await session.eval('export default ++n')).toBe(42);
  });

  it('takes its session with it in the middle of an eval, and the next is told so', async () => {
    const host = await openHost();
    const key = newKey();
    const { child, next } = await started(key, 'await ready(); for (;;);');
    expect(await next()).toBe('ready');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect(reacquire(host, key)).rejects.toMatchObject(LOST);
    await host.disposeNamespace(key);
    expect((await host.getNamespacedRuntime(key)).created).toBe(true);
  });

  it('has its host closed by nobody: sessions outlive hosts that are', async () => {
    const key = newKey();
    const first = await openHost();
    await (await first.getNamespacedRuntime(key)).eval('globalThis.n = 1');
    await first.close();
    const session = await (await openHost()).getNamespacedRuntime(key);
    expect([session.created, await session.eval('export default n')]).toEqual([false, 1]);
  });
});
