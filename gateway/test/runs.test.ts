import type { IncomingCall, LogLine } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { intent, ok, requestOf, rig, type Rig } from './peer.ts';

let gateway: Rig;
beforeEach(async () => void (gateway = await rig()));
afterEach(() => gateway[Symbol.asyncDispose]());

const never = () => new Promise<never>(() => {});

describe('a run', () => {
  it('is bound, sent and answered', async () => {
    const peer = await gateway.join();
    const outcome = await gateway.core.runs.execute(intent({ input: { a: 1 } }));
    expect(outcome.result).toMatchObject({ exitReason: 'Completed', value: '42' });
    expect(outcome.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(outcome.runId).toMatch(/^r-[0-9a-f]{26}$/);
    expect(peer.calls.map((call) => call.method)).toEqual(['bind', 'run']);
    expect(peer.calls[0]!.payload).toEqual({ tenant: 'home' });
    expect(peer.calls[1]!.payload).toMatchObject({ runId: outcome.runId, input: '{"a":1}' });
    expect(requestOf(peer.calls[1]!.payload).ticket).toBeUndefined();
  });

  it('keeps its record at once, with the trace', async () => {
    await gateway.join({
      run: () => {
        const now = Date.now();
        const span = { name: 'execute' as const, start: now, end: now, parent: -1 };
        return ok({ spans: [span, { ...span, name: 'bridge', parent: 0 }] });
      },
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const outcome = await gateway.core.runs.execute(intent({ traceparent }));
    const record = gateway.core.records.get(outcome.runId)!;
    expect(record).toMatchObject({ exitReason: 'Completed', value: '42', tenant: 'home' });
    expect(record.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(record.spans.map((span) => span.name)).toEqual([
      'run',
      'queue',
      'dispatch',
      'execute',
      'bridge',
    ]);
    const [run, queue, dispatch, execute, bridge] = record.spans;
    expect(run!.parentSpanId).toBe('b7ad6b7169203331');
    expect(queue!.parentSpanId).toBe(run!.spanId);
    expect(dispatch!.parentSpanId).toBe(run!.spanId);
    expect(execute!.parentSpanId).toBe(dispatch!.spanId);
    expect(bridge!.parentSpanId).toBe(execute!.spanId);
  });

  it('passes console lines on as they come', async () => {
    const line: LogLine = { level: 'log', message: 'hello', time: 1 };
    const released = Promise.withResolvers<void>();
    await gateway.join({
      run: async (call: IncomingCall) => {
        call.emit({ log: line });
        await released.promise;
        return ok({ logs: [line] });
      },
    });
    const seen: string[] = [];
    const onLog = ({ message }: LogLine) => {
      seen.push(message);
      released.resolve();
    };
    await gateway.core.runs.execute(intent({ onLog }));
    expect(seen).toEqual(['hello']);
  });

  it('survives a listener that throws', async () => {
    const line: LogLine = { level: 'log', message: 'hello', time: 1 };
    await gateway.join({ run: (call: IncomingCall) => (call.emit({ log: line }), ok()) });
    const onLog = () => {
      throw new Error('the client went away');
    };
    const { result } = await gateway.core.runs.execute(intent({ onLog }));
    expect(result.exitReason).toBe('Completed');
  });

  it('is cancelled in the runner when its caller goes away', async () => {
    const cancelled = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    await gateway.join({
      run: (call: IncomingCall) => {
        call.signal.addEventListener('abort', () => cancelled.resolve());
        started.resolve();
        return never();
      },
    });
    const abort = new AbortController();
    const run = gateway.core.runs.execute(intent({ signal: abort.signal }));
    await started.promise;
    abort.abort();
    expect((await run).result.exitReason).toBe('Cancelled');
    await cancelled.promise;
  });

  it('waits for a runner and says in its trace for how long', async () => {
    const run = gateway.core.runs.execute(intent());
    await gateway.join();
    const { runId } = await run;
    const dispatch = gateway.core.records.get(runId)!.spans[2]!;
    expect(dispatch.attributes!['cofferdam.waited_ms']).toBeGreaterThan(0);
  });

  it('is refused when its source is too large', async () => {
    const code = 'x'.repeat(1024 * 1024 + 1);
    await expect(gateway.core.runs.execute(intent({ code }))).rejects.toMatchObject({
      code: 'CODE_TOO_LARGE',
    });
  });

  it('of a module that the tenant has not brought is refused', async () => {
    const wasm = { digest: 'a'.repeat(64) };
    const run = gateway.core.runs.execute(intent({ engine: 'wasm', wasm }));
    await expect(run).rejects.toMatchObject({ code: 'WASM_NOT_FOUND' });
  });

  it('is refused while the gateway closes', async () => {
    await gateway.join({ run: never });
    const run = gateway.core.runs.execute(intent());
    const closing = gateway.core.close();
    await expect(gateway.core.runs.execute(intent())).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
    expect((await run).result.exitReason).toBe('Unavailable');
    await closing;
    gateway = await rig();
  });
});

/** Each is a whole answer of a runner that a guest has taken over. */
const LIES: Record<string, () => unknown> = {
  'of the wrong type': () => 'Completed',
  'with an unknown field': () => ({ ...ok(), admin: true }),
  'with an unknown ending': () => ({ ...ok(), exitReason: 'Great' }),
  'without stats': () => ({ ...ok(), stats: undefined }),
  'completed with an error': () => ok({ error: { name: 'E', message: 'm' } }),
  'failed without an error': () => ok({ exitReason: 'Exception' }),
  'whose value is no JSON': () => ok({ value: '{"a":' }),
  'whose value breaks a line': () => ok({ value: '[1,\n2]' }),
  'whose value nests too deep': () => ok({ value: '['.repeat(300) + ']'.repeat(300) }),
  'whose exports are no object': () => ok({ exports: '[1]' }),
  'larger than its limit': () => ok({ value: JSON.stringify('x'.repeat(300_000)) }),
  'larger than any limit': () => ok({ value: JSON.stringify('x'.repeat(6_000_000)) }),
  'larger than a frame': () => ok({ value: JSON.stringify('x'.repeat(9_000_000)) }),
  'with too long a console': () =>
    ok({
      logs: Array.from({ length: 40 }, () => ({
        level: 'log',
        message: 'x'.repeat(8192),
        time: 0,
      })),
    }),
  'with a flood of lines': () =>
    ok({ logs: Array.from({ length: 20_000 }, () => ({ level: 'log', message: '', time: 0 })) }),
  'with a span of the gateway': () =>
    ok({ spans: [{ name: 'root' as 'run', start: 0, end: 0, parent: -1 }] }),
  'with too many spans': () =>
    ok({
      spans: Array.from({ length: 300 }, () => ({ name: 'bridge', start: 0, end: 0, parent: -1 })),
    }),
  'with a digest that is none': () => ok({ digest: 'abc' }),
};

describe('an answer of a hostile runner', () => {
  for (const [what, answer] of Object.entries(LIES)) {
    it(`${what} ends the run, not the gateway`, async () => {
      const peer = await gateway.join({ run: answer });
      const { result } = await gateway.core.runs.execute(intent());
      expect(['EngineCrash', 'Unavailable']).toContain(result.exitReason);
      expect(result.value).toBeUndefined();
      if (result.exitReason === 'EngineCrash') {
        expect(result.error!.message).toBe('the runner broke the protocol');
        await peer.channel.closed;
        expect(gateway.core.registry.list()).toEqual([]);
        await gateway.join();
      }
    });
  }
});
