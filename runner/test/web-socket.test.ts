import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IsolateEngine } from '../src/engines/isolate/engine.ts';
import { runOn, valueOf, type RunOptions } from './engine-harness.ts';
import { echo, wayOutTo, type WebSocket } from './way-out.ts';

let engine: IsolateEngine;

beforeAll(() => {
  engine = new IsolateEngine({
    processes: 1,
    maxProcesses: 1,
    runsPerProcess: 8,
    sparesPerProfile: 1,
    expected: [],
  });
});
afterAll(() => engine.close());

const PRELUDE = `const next = (s, t) => new Promise((f) => s.addEventListener(t, f, { once: true }));`;

/** Runs of a real isolate process, with the way out through the runner and a real egress. */
async function connected(onSocket: (socket: WebSocket) => void) {
  const target = await wayOutTo(onSocket);
  const run = (code: string, options: RunOptions = {}) =>
    runOn(engine, PRELUDE + code.replaceAll('URL_', `'${target.url}'`), {
      request: { preset: 'web' },
      openWebSocket: target.openWebSocket,
      ...options,
    });
  return { target, run };
}

describe('a WebSocket of a run in its process', () => {
  it('goes through every hop, counts as one call and is noted', async () => {
    const { run, target } = await connected(echo);
    const code = `const s = new WebSocket(URL_); await next(s, 'open'); s.binaryType = 'arraybuffer'; const sizes = [];
      for (const size of [0, 1, 70_000, 1_000_000]) { s.send(new Uint8Array(size)); sizes.push((await next(s, 'message')).data.byteLength) }
      s.close(1000, 'done'); const { code, reason, wasClean } = await next(s, 'close'); return [sizes, code, reason, wasClean]`;
    const outcome = await run(code);
    expect(valueOf(outcome)).toEqual([[0, 1, 70_000, 1_000_000], 1000, 'done', true]);
    expect(outcome.bridgeCalls).toBe(1);
    expect(outcome.spans.filter(({ name }) => name === 'fetch')).toEqual([
      expect.objectContaining({
        attributes: expect.objectContaining({ 'http.response.status_code': 101 }) as object,
      }),
    ]);
    const { log } = await target.close();
    expect(log).toEqual([expect.objectContaining({ status: 101, decision: 'allowed' })]);
  });

  it.each([
    ['returns', `return 1`, 'Completed'],
    ['throws', `throw new Error('x')`, 'Exception'],
    ['is ended by a limit', `for (;;);`, 'CpuTime'],
  ])('is closed when the run %s', async (_what, end, exitReason) => {
    const gone = Promise.withResolvers<unknown>();
    const { run } = await connected((socket) => socket.on('close', gone.resolve));
    const code = `const s = new WebSocket(URL_); await next(s, 'open'); ${end}`;
    expect((await run(code, { limits: { cpuTimeMs: 100 } })).exitReason).toBe(exitReason);
    await gone.promise;
  });

  it('holds a server back that sends more than the guest takes', async () => {
    let sent = 0;
    const { run, target } = await connected((socket) => {
      const more = () => {
        if (socket.readyState !== socket.OPEN) return;
        sent += 65_536;
        socket.send(Buffer.alloc(65_536), more);
      };
      more();
    });
    // The guest is busy with itself and takes one message: what is under way stays bounded.
    const code = `const s = new WebSocket(URL_); await next(s, 'message'); const until = Date.now() + 700; while (Date.now() < until); return 1`;
    const outcome = await run(code, { limits: { cpuTimeMs: 5_000, wallTimeMs: 10_000 } });
    expect(outcome.exitReason).toBe('Completed');
    expect(sent).toBeLessThan(24 * 1024 * 1024);
    const [client] = target.server.clients;
    if (client && client.readyState !== client.CLOSED) await once(client, 'close');
  });

  it('is refused to a run without a ticket', async () => {
    const code = `const s = new WebSocket('ws://127.0.0.1:1/'); return (await next(s, 'error')).message`;
    expect(valueOf(await runOn(engine, PRELUDE + code, { request: { preset: 'web' } }))).toBe(
      'WebSocket failed: EGRESS_DENIED: this run has no permission to fetch anything',
    );
  });
});
