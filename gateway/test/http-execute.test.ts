import { once } from 'node:events';
import { request } from 'node:http';
import { MAX_CODE_BYTES, type IncomingCall } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpRig, type HttpRig } from './http-rig.ts';
import { ok, requestOf } from './peer.ts';

let rig: HttpRig;
beforeEach(async () => void (rig = await httpRig()));
afterEach(() => rig[Symbol.asyncDispose]());

describe('POST /execute', () => {
  it('answers a good run as clients of isolate-service know it, with our fields beside', async () => {
    const logs = [{ level: 'warn' as const, message: 'low', time: Date.now() }];
    const peer = await rig.join({ run: () => ok({ value: '{"a":[1,"\\u2028"]}', logs }) });
    const { status, headers, body } = await rig.post('/execute', { code: 'return 1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      result: { a: [1, '\u2028'] },
      logs: [{ level: 'warn', message: 'low', time: expect.any(Number) }],
      stats: { cpuTimeMs: 1, durationMs: expect.any(Number), queuedMs: expect.any(Number) },
      runId: expect.stringMatching(/^r-/),
      exitReason: 'Completed',
      logsCut: false,
      layers: ['isolate', 'process'],
    });
    expect(headers.traceparent).toContain(body.traceId);
    expect(requestOf(peer.calls.at(-1)!.payload)).toMatchObject({
      tenant: 'default',
      name: 'inline',
      engine: 'isolate',
      preset: 'compute',
      reuse: 'none',
      limits: { wallTimeMs: 5000, cpuTimeMs: 5000 },
    });
  });

  it('answers undefined as null, and a module’s exports', async () => {
    await rig.join({
      run: () => {
        const { value: _, ...rest } = ok({ exports: '{"b":2}' });
        return rest;
      },
    });
    const { body } = await rig.post('/execute', { code: 'export const b = 2' });
    expect(body.result).toBeNull();
    expect(body.exports).toEqual({ b: 2 });
  });

  it('answers a failed run with 422, the guest’s words and the catalogue’s', async () => {
    const error = { name: 'TypeError', message: 'x is not a function', stack: 'at 1:2', line: 1 };
    await rig.join({
      run: () => {
        const { value: _, ...rest } = ok({ exitReason: 'Exception', error });
        return rest;
      },
    });
    const { status, body } = await rig.post('/execute', { code: 'x()' });
    expect(status).toBe(422);
    expect(body.success).toBe(false);
    expect(body).not.toHaveProperty('result');
    expect(body.error).toEqual({
      type: 'Exception',
      ...error,
      code: 'EXCEPTION',
      blame: 'script',
      retry: false,
      action: expect.any(String),
    });
    expect(body).toMatchObject({ logs: [], stats: {}, exitReason: 'Exception' });
  });

  it('answers an ending that is no fault of the script with the catalogue’s status', async () => {
    const peer = await rig.join({ run: () => new Promise<never>(() => {}) });
    const answer = rig.post('/execute', { code: 'return 1' });
    await expect.poll(() => peer.calls.length).toBe(2);
    peer.socket.destroy();
    const { status, headers, body } = await answer;
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(body.error).toMatchObject({ type: 'Unavailable', code: 'UNAVAILABLE', retry: true });
  });

  it('passes on what the caller asked for', async () => {
    const peer = await rig.join();
    await rig.post('/execute', {
      code: 'return 1',
      preset: 'web',
      input: [1],
      env: { a: 'b' },
      language: 'typescript',
      reuse: 'script',
      timeout: 2000,
      limits: { cpuTimeMs: 50, memoryBytes: 32 * 1024 * 1024 },
    });
    expect(requestOf(peer.calls.at(-1)!.payload)).toMatchObject({
      preset: 'web',
      input: '[1]',
      env: '{"a":"b"}',
      language: 'typescript',
      reuse: 'script',
      limits: { cpuTimeMs: 50, wallTimeMs: 2000, memoryBytes: 32 * 1024 * 1024 },
    });
  });

  it('sends env alone as env alone: the engine shares it', async () => {
    const peer = await rig.join();
    await rig.post('/execute', { code: 'return 1', env: { a: 1 } });
    const sent = requestOf(peer.calls.at(-1)!.payload);
    expect(sent.env).toBe('{"a":1}');
    expect(sent).not.toHaveProperty('input');
  });

  it('cuts a longer timeout down to 30 s', async () => {
    const peer = await rig.join();
    await rig.post('/execute', { code: 'return 1', timeout: 1e9 });
    const { limits } = requestOf(peer.calls.at(-1)!.payload);
    expect(limits).toMatchObject({ wallTimeMs: 30_000, cpuTimeMs: 30_000 });
  });

  it('keeps a key __proto__ of the caller’s data as data', async () => {
    const peer = await rig.join();
    const text = '{"code":"return 1","env":{"__proto__":{"polluted":true},"b":1}}';
    const { status } = await rig.post('/execute', text);
    expect(status).toBe(200);
    expect(requestOf(peer.calls.at(-1)!.payload).env).toBe('{"__proto__":{"polluted":true},"b":1}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('takes a trace on, and starts one where the header is none', async () => {
    await rig.join();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const taken = await rig.post('/execute', { code: 'return 1' }, { traceparent });
    expect(taken.body.traceId).toBe(traceId);
    expect(taken.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(taken.headers.traceparent).not.toBe(traceparent);
    const fresh = await rig.post('/execute', { code: 'return 1' }, { traceparent: 'junk' });
    expect(fresh.body.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('refuses code of more than 1 MiB, counted in bytes', async () => {
    const { status, body } = await rig.post('/execute', {
      code: 'é'.repeat(MAX_CODE_BYTES / 2 + 1),
    });
    expect([status, body.error.code]).toEqual([413, 'CODE_TOO_LARGE']);
  });

  it('cancels the run when the client goes away', async () => {
    const cancelled = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    await rig.join({
      run: (call: IncomingCall) => {
        call.signal.addEventListener('abort', () => cancelled.resolve());
        started.resolve();
        return new Promise<never>(() => {});
      },
    });
    const call = request(`${rig.url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    call.on('error', () => {});
    call.end('{"code":"for(;;);"}');
    await started.promise;
    call.destroy();
    await expect(cancelled.promise).resolves.toBeUndefined();
  });
});

describe('POST /deno', () => {
  it('runs on Deno, with data as the input', async () => {
    const peer = await rig.join();
    const { status } = await rig.post('/deno', { code: 'return 1', data: { n: 1 }, timeout: 9000 });
    expect(status).toBe(200);
    const sent = requestOf(peer.calls.at(-1)!.payload);
    expect(sent).toMatchObject({ engine: 'deno', input: '{"n":1}', limits: { wallTimeMs: 9000 } });
    expect(sent).not.toHaveProperty('env');
  });
});

describe('POST /validate', () => {
  it('answers valid, and what is wrong as a text with its line', async () => {
    const error = { name: 'SyntaxError', message: 'Unexpected token\n  at…', line: 3, column: 4 };
    const peer = await rig.join({
      handlers: {
        validate: (call: IncomingCall) =>
          (call.payload as { code: string }).code === 'ok'
            ? { valid: true, form: 'body' }
            : { valid: false, error },
      },
    });
    const good = await rig.post('/validate', { code: 'ok' });
    expect([good.status, good.body]).toEqual([200, { valid: true, form: 'body' }]);
    const bad = await rig.post('/validate', { code: 'let (' });
    expect(bad.status).toBe(422);
    expect(bad.body).toEqual({ valid: false, error: 'Unexpected token', line: 3, column: 4 });
    expect(peer.calls.at(-1)!.payload).toEqual({ code: 'let (', language: 'auto' });
  });
});

describe('server-sent events', () => {
  const events = { accept: 'text/event-stream' };

  it('sends console lines as they come, then the result as the JSON answer has it', async () => {
    const line = { level: 'log' as const, message: 'one\ntwo', time: Date.now() };
    const go = Promise.withResolvers<void>();
    await rig.join({
      run: async (call: IncomingCall) => {
        call.emit({ log: line });
        await go.promise;
        return ok({ logs: [line] });
      },
    });
    const call = request(`${rig.url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...events },
    });
    call.end('{"code":"return 42"}');
    const [answer] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.headers['x-request-id']).toBeDefined();
    const [first] = (await once(answer.setEncoding('utf8'), 'data')) as [string];
    expect(first).toMatch(/^event: log\ndata: \{.*"message":"one\\ntwo".*\}\n\n$/);
    go.resolve();
    const rest = (await answer.toArray()).join('');
    const data = /^event: result\ndata: (.*)\n\n$/.exec(rest)![1]!;
    expect(JSON.parse(data)).toMatchObject({ success: true, result: 42, exitReason: 'Completed' });
  });

  it('answers a refusal that comes before everything else with its status', async () => {
    await rig.join();
    const { status, body } = await rig.post('/execute', { code: 5 }, events);
    expect([status, body.error.code]).toEqual([400, 'INVALID_INPUT']);
  });

  it('sends a failed run as its result', async () => {
    await rig.join({
      run: () => ok({ exitReason: 'CpuTime', error: { name: 'CpuTime', message: 'too long' } }),
    });
    const { status, text } = await rig.post('/deno', { code: 'for(;;);' }, events);
    expect(status).toBe(200);
    expect(text).toContain('event: result\ndata: {"success":false,');
    expect(text).toContain('"code":"CPU_TIME_EXCEEDED"');
  });

  it('cancels the run when the client goes away', async () => {
    const cancelled = Promise.withResolvers<void>();
    await rig.join({
      run: (call: IncomingCall) => {
        call.emit({ log: { level: 'log', message: 'up', time: Date.now() } });
        call.signal.addEventListener('abort', () => cancelled.resolve());
        return new Promise<never>(() => {});
      },
    });
    const call = request(`${rig.url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...events },
    });
    call.on('error', () => {});
    call.end('{"code":"for(;;);"}');
    const [answer] = (await once(call, 'response')) as [import('node:http').IncomingMessage];
    await once(answer, 'data');
    answer.destroy();
    await expect(cancelled.promise).resolves.toBeUndefined();
  });
});
