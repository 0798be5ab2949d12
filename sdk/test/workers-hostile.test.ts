import { describe, expect, it } from 'vitest';
import { until } from './harness.ts';
import { ownSandboxes } from './worker-harness.ts';

const { open } = ownSandboxes();

describe('system events', () => {
  it('cannot be sent by a worker, by whatever name it sends', async () => {
    const { worker, next, told } = await open();
    const sent = Promise.all(['error', 'exit', 'network.sync', '__proto__'].map(next));
    const done = next('done');
    void worker.execute(`
      for (const name of ['error', 'exit', 'cpu_limit', 'memory_limit', 'network', 'network.error', 'network.sync', 'network.request', '__proto__']) {
        NETWORK.send(name, ['network.error', 'spoofed']);
        await NETWORK.request(name, ['x', 'y']).catch(() => {});
      }
      NETWORK.send('done');
    `);
    await done;
    const spoofed = ['network.error', 'spoofed'];
    expect(await sent).toEqual([spoofed, spoofed, spoofed, spoofed]);
    expect(told).toEqual([]);
    await worker.destroy();
    expect(told.map(([event]) => event)).toEqual(['exit']);
  });

  it('tell what a handler, a timer, a promise or code threw, and the worker lives on', async () => {
    const { worker, next, told } = await open();
    void worker.execute(`
      NETWORK.on('x', () => { throw new RangeError('sync') });
      NETWORK.on('x', async () => { throw new TypeError('async') });
      NETWORK.on('x', () => ({ then(ok, fail) { fail('thenable') } }));
      NETWORK.on('x', () => NETWORK.send('reached', 1));
      setTimeout(() => { throw new SyntaxError('timer') });
    `);
    worker.send('x');
    expect(await next('reached')).toBe(1);
    const failed = worker.execute('\n\nthrow new EvalError("code")');
    await expect(failed).rejects.toThrow('code');
    await until(() => told.length === 5);
    expect(told.map(([, data]) => (data as Error).message).toSorted()).toEqual([
      'async',
      'code',
      'sync',
      'thenable',
      'timer',
    ]);
    const ofCode = told.find(([, data]) => (data as Error).name === 'EvalError')!;
    expect(ofCode[1]).toMatchObject({ stack: expect.stringMatching(/:3:7/) as string });
    const broken = worker.execute('let a = ;');
    await expect(broken).rejects.toMatchObject({ code: 'COMPILE_ERROR' });
    void worker.execute(`NETWORK.send('reached', 2)`);
    expect(await next('reached')).toBe(2);
  });
});

describe('a worker that changes what its platform is made of', () => {
  it('neither gets hold of the port nor stops its messages', async () => {
    const { worker, next, told } = await open();
    worker.onRequest('ask', (n: number) => n + 1);
    void worker.execute(`
      const caught = [];
      const spy = (holder, name) => {
        const original = holder[name];
        holder[name] = function (...args) { for (let i = 0; i < args.length; i++) if (typeof args[i] === 'object' && args[i]) caught.length++; return Reflect.apply(original, this, args); };
      };
      const { send, request } = NETWORK;
      const stringify = JSON.stringify;
      NETWORK.on('go', async (data) => {
        const got = await request('ask', data.n);
        send('answer', { got, caught: caught.length });
      });
      for (const name of ['get', 'set', 'has', 'delete']) spy(Map.prototype, name);
      for (const name of ['push', 'slice', 'concat', 'map', 'indexOf']) spy(Array.prototype, name);
      spy(Promise.prototype, 'then');
      Object.defineProperty(Array.prototype, 0, { set() { caught.length++; }, get() { caught.length++; }, configurable: true });
      Object.defineProperty(Array.prototype, 1, { set() { caught.length++; }, get() { caught.length++; }, configurable: true });
      Object.defineProperty(Object.prototype, 'then', { get() { return undefined; }, configurable: true });
      Array.prototype[Symbol.iterator] = () => { throw new Error('iterated'); };
      Object.prototype.toJSON = undefined;
      JSON.stringify = () => { throw new Error('stringified'); };
      JSON.parse = () => { throw new Error('parsed'); };
      Promise.resolve = Promise.reject = () => { throw new Error('resolved'); };
    `);
    worker.send('go', { n: 41 });
    // Of the promise that a guest awaits itself, its own \`then\` is called with functions alone.
    expect(await next('answer')).toEqual({ got: 42, caught: 0 });
    expect(told).toEqual([]);
  });

  it('cannot replace the methods of NETWORK for code that comes later', async () => {
    const { worker, next } = await open();
    void worker.execute(`
      'use strict';
      const failed = [];
      for (const name of ['on', 'off', 'send', 'request']) {
        try { NETWORK[name] = () => {}; } catch (error) { failed.push(error.name); }
      }
      NETWORK.send('failed', failed);
    `);
    expect(await next('failed')).toEqual(Array.from({ length: 4 }, () => 'TypeError'));
  });

  it('is refused what is no name, no handler and no request of its own', async () => {
    const { worker, next } = await open();
    worker.onRequest('fetch', () => ({ status: 200 }));
    worker.onRequest('websocket', () => ({}));
    void worker.execute(`
      const names = [];
      const tries = [
        () => NETWORK.on('x', 5), () => NETWORK.on(5, () => {}), () => NETWORK.send(''), () => NETWORK.send('x'.repeat(2000)),
        () => NETWORK.send(Symbol()), () => NETWORK.send({ toString: () => 'x' }),
        () => NETWORK.request(''), () => NETWORK.request('fetch', { url: ['https://a.example'] }), () => NETWORK.request('websocket', {}),
      ];
      for (const each of tries) {
        try { await each(); names.push('went well'); } catch (error) { names.push(error.name); }
      }
      NETWORK.send('names', names);
    `);
    expect(await next('names')).toEqual(Array.from({ length: 9 }, () => 'TypeError'));
  });
});

describe('a worker that sends without end', () => {
  it('ends by its own limit, and its host goes on', async () => {
    const { worker, system } = await open({ cpuLimitMs: 300, memoryLimitMb: 64 });
    let got = 0;
    worker.on('x', () => got++);
    void worker.execute(`for (;;) { try { NETWORK.send('x', 'y'.repeat(1000)) } catch {} }`);
    expect(await system('exit')).toMatchObject({
      reason: expect.stringMatching(/^(cpu|memory)_limit$/) as string,
    });
    expect(got).toBeGreaterThan(0);
  });

  it('sends nothing that the host cannot read: JSON that nests too deeply is told, not thrown', async () => {
    const { worker, next, told } = await open();
    void worker.execute(`
      let deep = 1; for (let i = 0; i < 3000; i++) deep = [deep];
      NETWORK.send('deep', deep);
      NETWORK.send('after', 1);
    `);
    expect(await next('after')).toBe(1);
    expect(told.map(([event, data]) => [event, (data as Error).name])).toEqual([
      ['error', 'DataError'],
    ]);
  });
});

it('a handler of the host that throws is a warning, and the worker goes on', async () => {
  const { worker, next } = await open();
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  worker.on('x', () => {
    throw new Error('of the host');
  });
  void worker.execute(`NETWORK.send('x'); NETWORK.send('y', 1)`);
  expect(await next('y')).toBe(1);
  expect((await warned).name).toBe('CofferdamWarning');
});
