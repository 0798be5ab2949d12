import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DenoEngine } from '../src/engines/deno/engine.ts';
import { readProc } from '../src/supervisor/proc.ts';
import { describeScriptEngine } from './conformance.ts';
import { runOn, valueOf, type RunOptions } from './engine-harness.ts';

describeScriptEngine('deno', () => new DenoEngine());

describe('the deno engine', () => {
  const cacheRoot = mkdtempSync(join(tmpdir(), 'cofferdam-test-'));
  let engine: DenoEngine;
  const run = (code: string, options?: RunOptions) => runOn(engine, code, options);
  const value = async (code: string, options?: RunOptions) => valueOf(await run(code, options));

  beforeAll(() => {
    engine = new DenoEngine({ cacheRoot });
  });
  afterAll(async () => {
    await engine.close();
    rmSync(cacheRoot, { recursive: true });
  });

  describe('platform', () => {
    it('is Deno, with its own', async () => {
      const code = `
        const { AsyncLocalStorage } = await import('node:async_hooks');
        const store = new AsyncLocalStorage();
        const seen = await store.run(7, async () => { await null; return store.getStore() });
        const digest = await crypto.subtle.digest('SHA-256', new Uint8Array());
        return [Deno.version.deno.split('.')[0], seen, digest.byteLength, typeof WebAssembly, new URL('http://a/b').pathname]`;
      expect(await value(code)).toEqual(['2', 7, 32, 'object', '/b']);
    });

    it('reads input of many windows and answers as much', async () => {
      const input = JSON.stringify({ text: '\u00e9"'.repeat(250_000) });
      const limits = { outputBytes: 2 ** 21 };
      expect(await value('return input', { request: { input }, limits })).toEqual(
        JSON.parse(input),
      );
    });

    it('ends a run with what nobody caught, unless the script takes it', async () => {
      const late = await run(
        `setTimeout(() => { throw new RangeError('late') }); await new Promise(() => {})`,
      );
      expect([late.exitReason, late.error?.name]).toEqual(['Exception', 'RangeError']);
      const rejected = await run(
        `Promise.reject(new URIError('lost')); await new Promise(() => {})`,
      );
      expect([rejected.exitReason, rejected.error?.name]).toEqual(['Exception', 'URIError']);
      const taken = `return await new Promise((resolve) => {
        addEventListener('unhandledrejection', (e) => { e.preventDefault(); setTimeout(resolve, 20, e.reason) });
        Promise.reject('kept') })`;
      expect(await value(taken)).toBe('kept');
    });

    it('keeps the console of Deno modules, groups, tables and traces', async () => {
      const { logs } = await run(`
        const { default: process } = await import('node:process');
        console.group('g'); console.info('in'); console.groupEnd(); console.table([{ a: 1 }]); console.assert(false, 'no'); console.clear();
        process.stdout.write('out\\n'); await Deno.stdout.write(new TextEncoder().encode('raw')); Deno.stderr.writeSync(new TextEncoder().encode('err'))`);
      expect(logs.map(({ level, message }) => [level, message.split('\n')[0]])).toEqual([
        ['log', 'g'],
        ['info', '  in'],
        ['log', '┌───────┬───┐'],
        ['error', 'Assertion failed: no'],
        ['log', 'out'],
        ['log', 'raw'],
        ['error', 'err'],
      ]);
    });

    it('takes a console line that is larger on the wire than a frame', async () => {
      const limits = { outputBytes: 4 * 2 ** 20, memoryBytes: 512 * 2 ** 20 };
      const { exitReason, logs } = await run(`console.log('\\x01'.repeat(2e6))`, { limits });
      expect(exitReason).toBe('Completed');
      expect(logs[0]?.message.startsWith('\x01\x01')).toBe(true);
    });

    it('shows the script and nothing else in a stack', async () => {
      const { error } = await run(
        'function inner() { null.x }\nasync function outer() { await null; inner() }\nawait outer()',
      );
      const frames = error?.stack?.split('\n').slice(1);
      expect(frames?.[0]).toMatch(/^ {4}at inner \(script\.js:1:\d+\)$/);
      expect(frames?.every((frame) => frame.includes('script.js:'))).toBe(true);
    });
  });

  describe('permissions', () => {
    it.each([
      ['read', `Deno.readTextFileSync('/etc/passwd')`],
      ['read by node', `(await import('node:fs')).readFileSync('/etc/passwd')`],
      ['read of /proc', `Deno.readTextFileSync('/proc/self/environ')`],
      ['write', `Deno.writeTextFileSync('x', 'y')`],
      ['net', `await Deno.connect({ hostname: '127.0.0.1', port: 80 })`],
      [
        'net by node',
        `await new Promise((_, no) => { import('node:net').then((net) => net.connect(80, '127.0.0.1').on('error', no)) })`,
      ],
      ['listen', `Deno.listen({ port: 0 })`],
      ['websocket', `new WebSocket('ws://127.0.0.1/')`],
      ['dns', `await Deno.resolveDns('localhost', 'A')`],
      ['env', `Deno.env.toObject()`],
      ['run', `new Deno.Command('/bin/true').outputSync()`],
      ['run by node', `(await import('node:child_process')).execSync('true')`],
      ['ffi', `Deno.dlopen('/lib/x86_64-linux-gnu/libc.so.6', {})`],
      ['sys', `Deno.hostname()`],
      ['kill', `Deno.kill(Deno.ppid, 'SIGKILL')`],
      ['remote import', `await import('https://deno.land/x')`],
      ['npm import', `await import('npm:left-pad')`],
      ['file import', `await import('file:///etc/hostname')`],
      [
        'asking',
        `if ((await Deno.permissions.request({ name: 'read' })).state === 'denied') throw new Error('denied')`,
      ],
    ])('are denied: %s', async (_name, code) => {
      expect((await run(code)).exitReason).toBe('Exception');
    });

    it('are denied to a worker too', async () => {
      const code = `
        const source = 'try { Deno.readTextFileSync("/etc/passwd"); postMessage("read") } catch (e) { postMessage(e.name) }';
        const worker = new Worker('data:text/javascript,' + encodeURIComponent(source), { type: 'module' });
        return await new Promise((resolve) => { worker.onmessage = (e) => resolve(e.data) })`;
      expect(await value(code)).toBe('NotCapable');
    });
  });

  it('shares no storage between runs', async () => {
    const write = `localStorage.setItem('k', 'secret'); await (await caches.open('c')).put('http://a/', new Response('secret')); return localStorage.getItem('k')`;
    const read = `return [localStorage.getItem('k'), (await (await caches.open('c')).match('http://a/')) ?? null]`;
    expect(await value(write)).toBe('secret');
    expect(await value(read)).toEqual([null, null]);
  });

  describe('limits', () => {
    const limits = { cpuTimeMs: 20_000, wallTimeMs: 20_000 };
    const worker = (source: string) =>
      `new Worker('data:text/javascript,' + encodeURIComponent(${JSON.stringify(source)}), { type: 'module' }); await new Promise(() => {})`;

    it.each([
      [
        'WebAssembly memory',
        `const all = []; for (;;) { const m = new WebAssembly.Memory({ initial: 256 }); new Uint8Array(m.buffer).fill(1); all.push(m) }`,
      ],
      ['a worker', worker('const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1))')],
      ['the heap of a worker', worker('const a = []; for (;;) a.push(new Array(1e4).fill(1.5))')],
      [
        'files of caches',
        `const cache = await caches.open('c'); const body = new Uint8Array(4e6); for (let i = 0; ; i++) await cache.put('http://a/' + i, new Response(body))`,
      ],
    ])('memory ends growth of %s', async (_name, code) => {
      expect((await run(code, { limits })).exitReason).toBe('Memory');
    });

    it('cpuTime counts workers', async () => {
      const outcome = await run(worker('for (;;) {}'), { limits: { ...limits, cpuTimeMs: 200 } });
      expect(outcome.exitReason).toBe('CpuTime');
      expect(outcome.cpuTimeMs).toBeGreaterThan(200);
    });

    it('memory lets a script hold what it was given', async () => {
      const code = `const a = []; for (let i = 0; i < 40; i++) a.push(new Array(131_072).fill(i)); return a.length`;
      expect(await value(code, { limits })).toBe(40);
    });

    it('a script may have more, in a process of its own', async () => {
      await value('return 1');
      const outcome = await run(`return new Uint8Array(150e6).fill(1).length`, {
        limits: { ...limits, memoryBytes: 256 * 2 ** 20 },
      });
      expect(valueOf(outcome)).toBe(150e6);
      expect(outcome.warm).toBe(false);
    });
  });

  describe('a process that means harm', () => {
    /** What standard output was before the host script covered it. */
    const raw = `const write = Object.getPrototypeOf(Deno.stdout).writeSync.bind(Deno.stdout);
      const frame = (type, id, text) => { const payload = new TextEncoder().encode(text); const f = new Uint8Array(9 + payload.length);
        const v = new DataView(f.buffer); v.setUint32(0, payload.length); f[4] = type; v.setUint32(5, id); f.set(payload, 9); write(f) };`;

    it.each([
      [
        'garbage',
        `${raw} write(new TextEncoder().encode('hello, this is no frame at all')); await new Promise(() => {})`,
      ],
      [
        'a frame of 4 GiB',
        `${raw} write(new Uint8Array([255, 255, 255, 255, 5, 0, 0, 0, 1])); await new Promise(() => {})`,
      ],
      [
        'a second hello',
        `${raw} frame(1, 0, '{"version":1,"oldest":1}'); await new Promise(() => {})`,
      ],
      [
        'an ending that is not its to claim',
        `${raw} frame(0x83, 1, '{"exitReason":"Cancelled"}'); await new Promise(() => {})`,
      ],
      [
        'a result that is no JSON',
        `${raw} frame(0x86, 1, '1,"stats":{}'); frame(0x83, 1, '{"exitReason":"Completed","valueBytes":12}'); await new Promise(() => {})`,
      ],
      [
        'a result shorter than it says',
        `${raw} frame(0x83, 1, '{"exitReason":"Completed","valueBytes":12}'); await new Promise(() => {})`,
      ],
      [
        'a reply nested deep',
        `${raw} frame(0x83, 1, '['.repeat(1e5)); await new Promise(() => {})`,
      ],
      [
        'a flood of pings',
        `${raw} const f = new Uint8Array(9 * 7000); for (let i = 4; i < f.length; i += 9) f[i] = 10; for (;;) write(f)`,
      ],
      [
        'a flood of console lines',
        `${raw} for (;;) frame(0x85, 1, JSON.stringify({ level: 1, message: 'x'.repeat(60_000) }))`,
      ],
      [
        'a flood on standard error',
        `const write = Object.getPrototypeOf(Deno.stderr).writeSync.bind(Deno.stderr); for (;;) write(new Uint8Array(1e5))`,
      ],
    ])('ends alone: %s', async (_name, code) => {
      const neighbour = run('await new Promise((r) => setTimeout(r, 100)); return "fine"');
      const { exitReason, error } = await run(code, {
        limits: { cpuTimeMs: 10_000, wallTimeMs: 10_000 },
      });
      expect([exitReason, error?.message]).toEqual([
        'EngineCrash',
        'The process broke the protocol',
      ]);
      expect(valueOf(await neighbour)).toBe('fine');
    });

    it('can forge its own result and no other', async () => {
      const forged = `${raw} frame(0x86, 1, '"forged"'); frame(0x83, 1, '{"exitReason":"Completed","valueBytes":8}'); await new Promise(() => {})`;
      const [own, other] = await Promise.all([run(forged), run('return "true"')]);
      expect([valueOf(own), valueOf(other)]).toEqual(['forged', 'true']);
    });

    it('reads an end of file, and blocks nobody but itself', async () => {
      expect(
        await value(
          'return [Deno.stdin.readSync(new Uint8Array(9)), await Deno.stdin.read(new Uint8Array(9))]',
        ),
      ).toEqual([null, null]);
      const blocked = `Object.getPrototypeOf(Deno.stdin).readSync.call(Deno.stdin, new Uint8Array(9))`;
      expect((await run(blocked, { limits: { wallTimeMs: 300 } })).exitReason).toBe('WallTime');
    });

    it.each(['Deno.exit(3)', `(await import('node:process')).exit(3)`])(
      'is told that it ended itself: %s',
      async (code) => {
        const { exitReason, error } = await run(code);
        expect(exitReason).toBe('EngineCrash');
        expect(error?.message).toContain('exit code 3');
      },
    );
  });

  describe('processes', () => {
    const alive = (pid: number) => readProc(pid) !== undefined;
    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
    };

    it('are started with the first run, then ahead of it, and serve once', async () => {
      const own = new DenoEngine({ cacheRoot, spare: 1 });
      expect(own.stats().processes).toEqual([]);
      expect((await runOn(own, 'return 1')).warm).toBe(false);
      await until(() => own.stats().spare === 1);
      const [spare] = own.stats().processes.map(({ pid }) => pid);
      const outcome = await runOn(own, 'return Deno.pid');
      expect([outcome.warm, valueOf(outcome)]).toEqual([true, spare]);
      await until(() => !alive(spare!));
      expect(own.stats()).toMatchObject({ active: 0, completed: 2, killed: 0 });
      await own.close();
    });

    it('have limits of the kernel, for when their runner is gone', async () => {
      const own = new DenoEngine({ cacheRoot, eager: true, spare: 1 });
      await until(() => own.stats().spare === 1);
      const limits = readFileSync(`/proc/${own.stats().processes[0]!.pid}/limits`, 'utf8');
      expect(limits).toMatch(/^Max cpu time +75 +75 /m);
      expect(limits).toMatch(/^Max core file size +0 +0 /m);
      await own.close();
    });

    it('leave nothing behind when the engine closes, whatever they do', async () => {
      const root = mkdtempSync(join(cacheRoot, 'own-'));
      const own = new DenoEngine({ cacheRoot: root, eager: true, spare: 1 });
      await until(() => own.stats().spare === 1);
      let isOn = () => {};
      const on = new Promise<void>((resolve) => (isOn = resolve));
      const limits = { cpuTimeMs: 20_000, wallTimeMs: 20_000 };
      const looping = runOn(own, 'console.log("on"); for (;;) {}', { limits, onLog: isOn });
      await on;
      const pids = own.stats().processes.map(({ pid }) => pid);
      await own.close();
      expect((await looping).exitReason).toBe('EngineCrash');
      expect(pids.some(alive)).toBe(false);
      expect(readdirSync(root)).toEqual([]);
      await expect(runOn(own, 'return 1')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    });

    it('of a runner that was killed are ended, and their directories removed', async () => {
      const root = mkdtempSync(join(cacheRoot, 'stale-'));
      const stale = join(root, `cofferdam-deno-${spawnSync('true').pid}-x`);
      mkdirSync(join(stale, '1'), { recursive: true });
      const orphan = spawn('sleep', ['60'], { env: { DENO_DIR: join(stale, '1', 'deno') } });
      const ended = once(orphan, 'exit');
      await once(orphan, 'spawn');
      const own = new DenoEngine({ cacheRoot: root });
      expect(await ended).toEqual([null, 'SIGKILL']);
      expect(existsSync(stale)).toBe(false);
      await own.close();
    });

    it('that cannot be had are an error of ours', async () => {
      const own = new DenoEngine({ cacheRoot, denoPath: '/nowhere/deno' });
      await expect(runOn(own, 'return 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await own.close();
      const full = new DenoEngine({ cacheRoot, maxActive: 1 });
      const first = runOn(full, 'return 1');
      await expect(runOn(full, 'return 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(valueOf(await first)).toBe(1);
      await full.close();
    });
  });
});
