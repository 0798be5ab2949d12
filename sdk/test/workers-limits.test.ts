import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { descendantsOf, processesOf, until } from './harness.ts';
import { listenTo, ownSandboxes } from './worker-harness.ts';

const { open, sandbox, socketPath, daemonPids } = ownSandboxes();

describe('a limit', () => {
  it('of CPU time ends a worker that loops, and no other of its process', async () => {
    const { workers, worker, system, told } = await open({ threads: 1 });
    const other = listenTo(workers, await workers.createIsolate());
    const looping = listenTo(workers, await workers.createIsolate({ cpuLimitMs: 100 }));
    void other.worker.execute(`NETWORK.on('ping', () => NETWORK.send('pong', 1))`);
    void looping.worker.execute(`NETWORK.on('go', () => { for (;;) {} })`);
    looping.worker.send('go');
    expect(await looping.system('exit')).toMatchObject({ reason: 'cpu_limit' });
    expect(looping.told.map(([event]) => event)).toEqual(['cpu_limit', 'exit']);
    other.worker.send('ping');
    expect(await other.next('pong')).toBe(1);
    expect(workers.isolateCount()).toBe(2);
    expect(told).toEqual([]);
    await worker.destroy();
    expect(await system('exit')).toMatchObject({ reason: 'destroyed' });
  });

  it('of CPU time is for work at a stretch: one that rests in between goes on', async () => {
    const { worker, next } = await open({ cpuLimitMs: 300 });
    void worker.execute(`
      NETWORK.on('work', (n) => {
        const until = performance.now() + 60;
        while (performance.now() < until);
        NETWORK.send('did', n);
      });
    `);
    for (let n = 0; n < 12; n++) {
      worker.send('work', n);
      // eslint-disable-next-line no-await-in-loop -- each is a stretch of its own
      expect(await next('did')).toBe(n);
    }
  });

  it('of memory ends a worker that goes over it', async () => {
    const { workers, worker, system, told } = await open({ memoryLimitMb: 32 });
    void worker.execute('const all = []; for (;;) all.push(new Array(1e5).fill(1.5))');
    expect(await system('exit')).toMatchObject({ reason: 'memory_limit' });
    expect(told.map(([event]) => event)).toEqual(['memory_limit', 'exit']);
    expect(workers.isolateCount()).toBe(0);
    // Nobody is there any more to take it, and nobody did wrong.
    worker.send('anything');
    await expect(worker.execute('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });
});

describe('destroy', () => {
  it('ends a worker in the middle of a loop', async () => {
    const { workers, worker, next, system } = await open();
    const running = worker.execute(`NETWORK.send('begun'); await null; for (;;) {}`);
    await next('begun');
    await worker.destroy();
    await expect(running).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    expect(await system('exit')).toEqual({
      reason: 'destroyed',
      message: 'the worker was destroyed',
    });
    expect(workers.isolateCount()).toBe(0);
  });

  it('lets what was given before be done, promises included', async () => {
    const { worker, next } = await open();
    void worker.execute(`
      NETWORK.on('last', async (n) => {
        for (let i = 0; i < 200; i++) await null;
        NETWORK.send('answer', n + 1);
      });
    `);
    worker.send('last', 1);
    const answer = next('answer');
    await worker.destroy();
    expect(await answer).toBe(2);
  });

  it('and shutdown leave no process, and tell each worker’s end once', async () => {
    const workers = sandbox({ threads: 2 });
    const all = await Promise.all(
      Array.from({ length: 6 }, async () => listenTo(workers, await workers.createIsolate())),
    );
    for (const { worker } of all) void worker.execute('setInterval(() => {}, 5)');
    const [daemon] = daemonPids();
    const holding = () =>
      descendantsOf(daemon!).filter((pid) => processesOf('runtimes/inside/main').includes(pid));
    // Two that hold workers, and one that waits for the next embedder.
    await until(() => holding().length === 3);
    await all[0]!.worker.destroy();
    await all[0]!.worker.destroy();
    await workers.shutdown();
    expect(all.map(({ told }) => told.map(([event]) => event))).toEqual(all.map(() => ['exit']));
    await until(() => holding().length <= 1);
  });
});

describe('threads', () => {
  it('are processes over which workers are spread, however many they are', async () => {
    const workers = sandbox({ threads: 3 });
    const all = await Promise.all(Array.from({ length: 21 }, () => workers.createIsolate()));
    const [daemon] = daemonPids();
    const processes = () =>
      descendantsOf(daemon!).filter((pid) => processesOf('runtimes/inside/main').includes(pid));
    await until(() => processes().length === 4);
    const answers = all.map((worker) => new Promise((resolve) => worker.on('here', resolve)));
    for (const worker of all) void worker.execute(`NETWORK.send('here', true)`);
    expect(await Promise.all(answers)).toEqual(all.map(() => true));
    expect(processes()).toHaveLength(4);
  });

  it('that die take their workers with them, and the next workers get another', async () => {
    const { workers, worker, system } = await open({ threads: 1 });
    void worker.execute('1');
    const [daemon] = daemonPids();
    const processes = descendantsOf(daemon!).filter((pid) =>
      processesOf('runtimes/inside/main').includes(pid),
    );
    for (const pid of processes) killIfThere(pid);
    expect(await system('exit')).toMatchObject({
      reason: expect.stringMatching(/^(crash|neighbour)$/) as string,
    });
    // The one that waited for the next embedder too: until the daemon has noticed.
    await until(() => processes.every((pid) => !existsSync(`/proc/${pid}`)));
    const again = listenTo(workers, await workers.createIsolate());
    void again.worker.execute(`NETWORK.send('here', 1)`);
    expect(await again.next('here')).toBe(1);
  });
});

describe('a daemon that is killed', () => {
  it('ends its workers; the next one is made on another', async () => {
    const { workers, worker, system } = await open();
    void worker.execute('setInterval(() => {}, 5)');
    for (const pid of daemonPids()) process.kill(pid, 'SIGKILL');
    expect(await system('exit')).toMatchObject({ reason: 'disconnected' });
    expect(workers.isolateCount()).toBe(0);
    const again = listenTo(workers, await workers.createIsolate());
    void again.worker.execute(`NETWORK.send('here', 1)`);
    expect(await again.next('here')).toBe(1);
    expect(socketPath).toContain('isolate.sock');
  });
});

/** One of the test before may be about to end by itself. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
