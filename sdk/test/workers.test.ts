import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownSandboxes } from './worker-harness.ts';

const { open, sandbox, socketPath } = ownSandboxes();

describe('a worker', () => {
  it('computes on a message and says the result, though it is destroyed at once', async () => {
    const workers = sandbox();
    const worker = await workers.createIsolate();
    const results: unknown[] = [];
    worker.on('result', (data) => results.push(data));
    void worker.execute(`
      NETWORK.on('compute', (data) => {
        NETWORK.send('result', { answer: data.x + data.y });
      });
    `);
    worker.send('compute', { x: 10, y: 5 });
    void worker.destroy();
    await workers.shutdown();
    expect(results).toEqual([{ answer: 15 }]);
  });

  it('asks its host, which reads a file for it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cofferdam-workers-'));
    await writeFile(join(folder, 'config.json'), '{"mode":"dark"}');
    const { worker, next } = await open();
    worker.onRequest('readFile', async ({ path }: { path: string }) => {
      return { content: await readFile(join(folder, path), 'utf8') };
    });
    void worker.execute(`
      const result = await NETWORK.request('readFile', { path: './config.json' });
      NETWORK.send('content', result.content);
    `);
    expect(await next('content')).toBe('{"mode":"dark"}');
    await rm(folder, { recursive: true });
  });

  it('is one of several, each with a task of its own', async () => {
    const workers = sandbox();
    const isolates = await Promise.all([1, 2, 3].map(() => workers.createIsolate()));
    expect(workers.isolateCount()).toBe(3);
    const done = isolates.map((worker, i) => {
      const answer = new Promise((resolve) => worker.on('done', resolve));
      void worker.execute(`
        NETWORK.on('task', async (data) => {
          globalThis.mine = (globalThis.mine ?? '') + data.data;
          await null;
          NETWORK.send('done', { processed: data, mine });
        });
      `);
      worker.send('task', { id: i, data: `part ${i}` });
      return answer;
    });
    expect(await Promise.all(done)).toEqual(
      [0, 1, 2].map((id) => {
        return { processed: { id, data: `part ${id}` }, mine: `part ${id}` };
      }),
    );
    expect(new Set(isolates.map(({ id }) => id)).size).toBe(3);
  });

  it('gets what is sent after its code, however long that takes to begin', async () => {
    const { worker, next } = await open();
    const padding = `/* ${'x'.repeat(300_000)} */`;
    void worker.execute(`${padding} globalThis.seen = []; NETWORK.on('n', (n) => seen.push(n));`);
    worker.send('n', 1);
    void worker.execute(`seen.push('second');`);
    worker.send('n', 2);
    void worker.execute(`throw new Error('not the end')`);
    worker.send('n', 3);
    void worker.execute(`this is no code`);
    worker.send('n', 4);
    void worker.execute(`NETWORK.send('seen', seen)`);
    expect(await next('seen')).toEqual([1, 'second', 2, 3, 4]);
  });

  it('gets messages while its code waits for them', async () => {
    const { worker } = await open();
    const done = worker.execute(`await new Promise((go) => NETWORK.on('go', go))`);
    worker.send('go');
    await expect(done).resolves.toBeUndefined();
  });

  it('takes and gives a thousand messages in order', async () => {
    const { worker } = await open();
    const got: number[] = [];
    const all = new Promise<void>((resolve) => {
      worker.on('back', (n: number) => got.push(n) === 1_000 && resolve());
    });
    void worker.execute(`NETWORK.on('there', (n) => NETWORK.send('back', n * 2))`);
    for (let i = 0; i < 1_000; i++) worker.send('there', i);
    await all;
    expect(got).toEqual(Array.from({ length: 1_000 }, (_, i) => i * 2));
  });

  it('asks a thousand times at once', async () => {
    const { worker, next } = await open();
    worker.onRequest('square', async (n: number) => n * n);
    void worker.execute(`
      const all = await Promise.all(Array.from({ length: 1000 }, (_, n) => NETWORK.request('square', n)));
      NETWORK.send('sum', all.reduce((sum, n) => sum + n, 0));
    `);
    expect(await next('sum')).toBe(332_833_500);
  });

  it('has handlers that are called once for each message, until they are taken off', async () => {
    const { worker, next } = await open();
    void worker.execute(`
      const heard = [];
      const once = (n) => { heard.push('once ' + n); NETWORK.off('n', once); };
      const later = (n) => heard.push('later ' + n);
      const taken = () => heard.push('never');
      NETWORK.on('n', once);
      NETWORK.on('n', () => NETWORK.off('n', taken));
      NETWORK.on('n', taken);
      NETWORK.on('n', later);
      NETWORK.on('n', later);
      NETWORK.off('n', () => {});
      NETWORK.on('tell', () => NETWORK.send('heard', heard));
    `);
    worker.send('n', 1);
    worker.send('n', 2);
    worker.send('tell');
    expect(await next('heard')).toEqual(['once 1', 'later 1', 'later 2']);
  });

  it('has a web platform, a console that does nothing, and no way out', async () => {
    const { worker, next } = await open();
    void worker.execute(`
      let looked = 0;
      for (const name of Object.keys(console)) {
        if (console[name]({ get field() { looked++; } }, '%o', { toString() { looked++; } }) !== undefined) looked++;
      }
      NETWORK.send('has', {
        looked,
        methods: Object.keys(console).length > 15,
        platform: [typeof URL, typeof setTimeout, typeof crypto.randomUUID(), typeof TextEncoder, typeof ReadableStream],
        none: [typeof process, typeof require, typeof Deno, typeof V8Sandbox],
      });
    `);
    expect(await next('has')).toEqual({
      looked: 0,
      methods: true,
      platform: ['function', 'function', 'string', 'function', 'function'],
      none: ['undefined', 'undefined', 'undefined', 'undefined'],
    });
  });
});

describe('data', () => {
  it('is JSON: what it has no way to write is left out, both ways', async () => {
    const { worker, next } = await open();
    void worker.execute(`
      NETWORK.on('data', (data) => NETWORK.send('seen', [typeof data, Object.keys(data ?? {}), data]));
      const nothing = [];
      NETWORK.on('nothing', (data) => nothing.push(data === undefined));
      NETWORK.on('tell', () => NETWORK.send('nothing', nothing));
      NETWORK.send('own', { date: new Date(0), map: new Map([[1, 2]]), nan: NaN, f() {}, u: undefined, list: [undefined, () => {}] });
    `);
    expect(await next('own')).toEqual({
      date: '1970-01-01T00:00:00.000Z',
      map: {},
      nan: null,
      list: [null, null],
    });
    const data = { a: undefined, b: () => 1, c: Infinity, d: { toJSON: () => 'own' }, $e: 1 };
    worker.send('data', data);
    expect(await next('seen')).toEqual(['object', ['c', 'd', '$e'], { c: null, d: 'own', $e: 1 }]);
    worker.send('nothing');
    worker.send('nothing', () => {});
    worker.send('tell');
    expect(await next('nothing')).toEqual([true, true]);
  });

  it('that is a cycle or a bigint is refused where it is sent', async () => {
    const { worker, next } = await open();
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => worker.send('x', cycle)).toThrow(TypeError);
    expect(() => worker.send('x', 1n)).toThrow(TypeError);
    worker.onRequest('cycle', () => cycle);
    void worker.execute(`
      const names = [];
      const cycle = {}; cycle.self = cycle;
      for (const bad of [cycle, 1n]) {
        try { NETWORK.send('x', bad) } catch (error) { names.push(error.name) }
        await NETWORK.request('x', bad).catch((error) => names.push(error.name));
      }
      await NETWORK.request('cycle').catch((error) => names.push(error.name));
      NETWORK.send('names', names);
    `);
    expect(await next('names')).toEqual(Array.from({ length: 5 }, () => 'TypeError'));
  });

  it('with __proto__ changes no prototype on either side', async () => {
    const { worker, next } = await open();
    void worker.execute(`
      NETWORK.on('data', (data) => NETWORK.send('back', [data.polluted ?? null, Object.keys(data), ({}).polluted ?? null]));
      NETWORK.send('mine', JSON.parse('{"__proto__":{"polluted":1}}'));
    `);
    const mine = (await next('mine')) as object;
    expect(Object.keys(mine)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    worker.send('data', JSON.parse('{"__proto__":{"polluted":1}}'));
    expect(await next('back')).toEqual([null, ['__proto__'], null]);
  });
});

describe('a request', () => {
  it('rejects with the name and the message of what the host threw, and nothing else of it', async () => {
    const { worker, next } = await open();
    worker.onRequest('fail', () => {
      throw Object.assign(new RangeError('too far'), { secret: 'kept' });
    });
    worker.onRequest('late', async () => Promise.reject(new SyntaxError('later')));
    void worker.execute(`
      const seen = [];
      for (const name of ['fail', 'late', 'none', '__proto__', 'constructor']) {
        await NETWORK.request(name, 1).catch((e) => seen.push([e instanceof Error, e.name, e.message, e.secret, /workers\\.test/.test(e.stack)]));
      }
      NETWORK.send('seen', seen);
    `);
    const refused = (name: string) => [
      true,
      'TypeError',
      `the host answers no request '${name}'`,
      null,
      false,
    ];
    expect(await next('seen')).toEqual([
      [true, 'RangeError', 'too far', null, false],
      [true, 'SyntaxError', 'later', null, false],
      ...['none', '__proto__', 'constructor'].map(refused),
    ]);
  });

  it('is given up when the worker is over', async () => {
    const { worker } = await open();
    const asked = new Promise<AbortSignal>((resolve) => {
      worker.onRequest('slow', (_data, { signal }) => {
        resolve(signal);
        return new Promise(() => {});
      });
    });
    void worker.execute(`await NETWORK.request('slow')`);
    const signal = await asked;
    await worker.destroy();
    expect(signal.aborted).toBe(true);
  });
});

describe('a sandbox', () => {
  it('checks its options and arguments, and names what is wrong', async () => {
    expect(() => sandbox({ threads: 0 })).toThrow('threads must be a whole number from 1 to 64');
    expect(() => sandbox({ cpuLimitMs: 1.5 })).toThrow('cpuLimitMs must be');
    expect(() => sandbox({ memoryLimitMb: 3 })).toThrow('memoryLimitMb must be 0 or');
    expect(() => sandbox({ timeout: 5 } as never)).toThrow("unknown option 'timeout'");
    const { workers, worker } = await open();
    await expect(workers.createIsolate({ cpu: 1 } as never)).rejects.toThrow("'cpu'");
    expect(() => worker.execute(5 as never)).toThrow('code must be a text');
    expect(() => worker.send('')).toThrow('event must be');
    expect(() => worker.on('x', 5 as never)).toThrow('handler must be a function');
    expect(() => worker.onRequest('x', undefined as never)).toThrow('handler must be');
    expect(() => worker.onSystem('exit', null as never)).toThrow('handler must be');
  });

  it('counts threads and workers, and takes no more after its shutdown', async () => {
    const workers = sandbox({ threads: 3, daemon: { socketPath } });
    expect([workers.threadCount(), workers.isolateCount()]).toEqual([3, 0]);
    const worker = await workers.createIsolate();
    expect(workers.isolateCount()).toBe(1);
    await Promise.all([workers.shutdown(), workers.shutdown()]);
    expect(workers.isolateCount()).toBe(0);
    await expect(workers.createIsolate()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(() => worker.send('x')).toThrow('the worker was destroyed');
    expect(() => worker.execute('1')).toThrow('the worker was destroyed');
  });
});
