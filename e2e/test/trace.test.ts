import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attributesOf,
  logsOf,
  spansOf,
  type JsonLog,
  type JsonSpan,
} from '../../telemetry/test/otlp-json.ts';
import { startReceiver, type Receiver } from '../../telemetry/test/receiver.ts';
import { Instance, scriptFile } from './instance.ts';
import { startTarget, type Target } from './targets.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const FORGED = '00-11111111111111111111111111111111-2222222222222222-01';

let receiver: Receiver;
let target: Target;
let up: Instance;

/** Everything of one trace, as soon as its run's own span has come. */
async function traceOf(traceId: string): Promise<{ spans: JsonSpan[]; logs: JsonLog[] }> {
  const spans = () => spansOf(receiver).filter((span) => span.traceId === traceId);
  const isWhole = () => spans().some(({ name }) => name.startsWith('run '));
  await expect.poll(isWhole, { timeout: 15_000 }).toBe(true);
  const logs = () => logsOf(receiver).filter((log) => log.traceId === traceId);
  await expect.poll(() => logs().length, { timeout: 15_000 }).toBeGreaterThan(0);
  return { spans: spans(), logs: logs() };
}

/** Which span lies in which, by name; the root's parent by its id. */
function nesting(spans: JsonSpan[]): Record<string, string | undefined> {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return Object.fromEntries(
    spans.map(({ name, parentSpanId: id }) => [name, id ? (names.get(id) ?? id) : undefined]),
  );
}

function expectWithin(spans: JsonSpan[]): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  for (const span of spans) {
    const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
    expect([span.name, start <= end]).toEqual([span.name, true]);
    const parent = byId.get(span.parentSpanId ?? '');
    if (!parent) continue;
    const isInside =
      start >= BigInt(parent.startTimeUnixNano) && end <= BigInt(parent.endTimeUnixNano);
    expect([span.name, parent.name, isInside]).toEqual([span.name, parent.name, true]);
  }
}

const FETCHES = (url: string) => `
  console.log('before', typeof input);
  const response = await fetch('${url}/data');
  console.warn('after', response.status);
  return response.status`;

const SERVES = (url: string) => `serve({
  async fetch() { return new Response((await fetch('${url}/served')).status); },
});`;

const inside = (root: string, parent: string | undefined) => ({
  [root]: parent,
  queue: root,
  dispatch: root,
  compile: 'dispatch',
  isolate: 'dispatch',
  execute: 'dispatch',
  fetch: 'execute',
});

const permissions = () => ({ net: [{ host: '127.0.0.1', ports: [target.port] }] });

const wasFetched = () => ({
  'server.address': '127.0.0.1',
  'server.port': target.port,
  'http.request.method': 'GET',
  'http.response.status_code': 200,
  'cofferdam.egress.decision': 'allowed',
});

beforeAll(async () => {
  [receiver, target] = await Promise.all([startReceiver(), startTarget()]);
  const spec = { schedule: { every: '1s' }, permissions: permissions() };
  const fails = "console.error('broken'); throw new RangeError('on purpose')";
  up = await Instance.start({
    args: ['--allow-private', '127.0.0.1/32'],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
    },
    scripts: {
      'ticking.yaml': scriptFile('ticking', FETCHES(target.url), { namespace: 'home', spec }),
      'serves.yaml': scriptFile('serves', SERVES(target.url), {
        spec: {
          mode: 'server',
          permissions: permissions(),
          route: { path: '/serves', auth: 'none' },
        },
      }),
      'fails.yaml': scriptFile('fails', fails, { spec: { suspend: true } }),
    },
  });
}, 60_000);
afterAll(async () => {
  await up[Symbol.asyncDispose]();
  await Promise.all([receiver.close(), target[Symbol.asyncDispose]()]);
}, 60_000);

describe('the trace of one execution', { timeout: 60_000 }, () => {
  it.each(['/execute', '/deno'])('over HTTP at %s lies under the caller’s span', async (path) => {
    const traceId = path === '/deno' ? TRACE.replace('0af', '0ad') : TRACE;
    const traceparent = `00-${traceId}-${CALLER}-01`;
    const { status, body, headers } = await up.post(
      path,
      {
        code: FETCHES(target.url),
        permissions: permissions(),
        ...(path === '/execute' ? { preset: 'agent' } : {}),
      },
      { traceparent },
    );
    expect([status, body.result, body.traceId]).toEqual([200, 200, traceId]);
    const { spans, logs } = await traceOf(traceId);
    expect(nesting(spans)).toEqual(inside('run inline', CALLER));
    expectWithin(spans);
    const root = spans.find(({ name }) => name === 'run inline')!;
    expect(headers.traceparent).toBe(`00-${traceId}-${root.spanId}-01`);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    expect(attributesOf(root.attributes)).toMatchObject({
      'faas.trigger': 'http',
      'faas.name': 'inline',
      'faas.invocation_id': body.runId,
      'faas.coldstart': expect.any(Boolean),
      'faas.version': body.digest,
      'cofferdam.exit_reason': 'Completed',
      'cofferdam.engine': path === '/deno' ? 'deno' : 'isolate',
      'cofferdam.tenant': 'default',
    });
    const lines = logs.map(({ severityText, body: text }) => [severityText, text.stringValue]);
    expect(lines).toEqual([
      ['log', 'before object'],
      ['warn', 'after 200'],
    ]);
    expect(logs.map(({ spanId }) => spanId)).toEqual([root.spanId, root.spanId]);
    const request = spans.find(({ name }) => name === 'fetch')!;
    expect(attributesOf(request.attributes)).toEqual({
      'server.address': '127.0.0.1',
      'server.port': target.port,
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'cofferdam.egress.bytes_up': expect.any(Number),
      'cofferdam.egress.bytes_down': expect.any(Number),
      'cofferdam.egress.decision': 'allowed',
    });
    const kept = (await up.get(`/v1/runs/${body.runId}`)).body.spans;
    const idsOf = (list: { spanId: string }[]) => list.map(({ spanId }) => spanId).sort();
    expect(idsOf(kept)).toEqual(idsOf(spans));
  });

  it('of a schedule is one of its own', async () => {
    await up.process.line(/home\/ticking Completed/);
    const { runs } = (await up.get('/v1/namespaces/home/scripts/ticking/runs')).body;
    const { runId, traceId, scheduledAt } = runs.at(-1);
    const { spans, logs } = await traceOf(traceId);
    expect(nesting(spans)).toEqual(inside('run ticking', undefined));
    expectWithin(spans);
    const root = spans.find(({ name }) => name === 'run ticking')!;
    expect(attributesOf(root.attributes)).toMatchObject({
      'faas.trigger': 'timer',
      'faas.name': 'home/ticking',
      'faas.invocation_id': runId,
      'faas.time': new Date(scheduledAt).toISOString(),
      'cofferdam.exit_reason': 'Completed',
      'cofferdam.tenant': 'home',
    });
    expect(logs.map(({ body }) => body.stringValue)).toContain('after 200');
    const others = runs.map((run: { traceId: string }) => run.traceId);
    expect(new Set(others).size).toBe(others.length);
  });

  it('of a server’s request has what the server fetched for it', async () => {
    const traceId = TRACE.replace('0af', '0ae');
    const { text } = await up.get('/serves/', { traceparent: `00-${traceId}-${CALLER}-01` });
    expect(text).toBe('200');
    const spans = () => spansOf(receiver).filter((span) => span.traceId === traceId);
    // The two are exported apart: a ticket closes by itself.
    const names = () => new Set(spans().map(({ name }) => name));
    const whole = new Set(['run serves', 'queue', 'dispatch', 'execute', 'fetch']);
    await expect.poll(names, { timeout: 15_000 }).toEqual(whole);
    const [root, request] = ['run serves', 'fetch'].map((is) =>
      spans().find(({ name }) => name === is)!,
    );
    expect([root!.parentSpanId, request!.parentSpanId]).toEqual([CALLER, root!.spanId]);
    expect(attributesOf(root!.attributes)).toMatchObject({ 'http.response.status_code': 200 });
    expect(attributesOf(request!.attributes)).toMatchObject(wasFetched());
  });

  it('of a session’s eval has what that fetched', async () => {
    const traceId = TRACE.replace('0af', '0ac');
    const { id } = (await up.post('/v1/sessions', { permissions: permissions() })).body;
    const code = `export default (await fetch('${target.url}/evaluated')).status; console.log(1)`;
    const headers = { traceparent: `00-${traceId}-${CALLER}-01` };
    const { body } = await up.post(`/v1/sessions/${id}/eval`, { code }, headers);
    expect(body).toMatchObject({ success: true, result: 200 });
    const { spans } = await traceOf(traceId);
    const nested = { 'run session': CALLER, execute: 'run session', fetch: 'execute' };
    expect(nesting(spans)).toEqual(nested);
    const request = spans.find(({ name }) => name === 'fetch')!;
    expect(attributesOf(request.attributes)).toMatchObject(wasFetched());
  });

  it('of a run that fails says how', async () => {
    const { body } = await up.runNow('default', 'fails');
    const { spans, logs } = await traceOf(body.traceId);
    const root = spans.find(({ name }) => name === 'run fails')!;
    expect(attributesOf(root.attributes)).toMatchObject({
      'faas.trigger': 'other',
      'faas.name': 'default/fails',
      'cofferdam.exit_reason': 'Exception',
    });
    expect(root.status).toEqual({ code: 2, message: 'RangeError: on purpose' });
    expect(logs.map(({ severityText, body: text }) => [severityText, text.stringValue])).toEqual([
      ['error', 'broken'],
    ]);
  });
});

describe('a guest', { timeout: 60_000 }, () => {
  it.each(['/execute', '/deno'])('at %s names no trace, in whatever it sends', async (path) => {
    const code = `
      globalThis.traceparent = globalThis.traceId = '${FORGED}';
      const traced = { traceparent: '${FORGED}', traceId: '1'.repeat(32), spanId: '2'.repeat(16) };
      console.log('forged', traced);
      await fetch('${target.url}/forged', { headers: { traceparent: '${FORGED}', tracestate: 'a=b' } });
      await fetch('${target.url}/plain');
      return { ...traced, spans: [{ name: 'fetch', parent: -1, start: 0, end: 1 }] }`;
    const { body } = await up.post(path, {
      code,
      permissions: permissions(),
      ...(path === '/execute' ? { preset: 'agent', input: { traceparent: FORGED } } : {}),
    });
    expect(body.error).toBeUndefined();
    const { spans, logs } = await traceOf(body.traceId);
    const ids = [...spans, ...logs].flatMap(({ traceId, spanId }) => [traceId, spanId]);
    expect(ids.filter((id) => /^(1+|2+)$/.test(id))).toEqual([]);
    expect(spansOf(receiver).some(({ traceId }) => FORGED.includes(traceId))).toBe(false);
    expect(spans.filter(({ name }) => name === 'fetch')).toHaveLength(2);
  });

  it('decides alone about the trace headers of its requests', async () => {
    const headersOf = (path: string) => target.seen.filter((seen) => seen.path === path);
    expect(headersOf('/forged')).toHaveLength(2);
    for (const { headers } of headersOf('/forged')) {
      expect([headers.traceparent, headers.tracestate]).toEqual([FORGED, 'a=b']);
    }
    const plain = [...headersOf('/plain'), ...headersOf('/data')];
    expect(plain.length).toBeGreaterThan(3);
    for (const { headers } of plain) {
      expect(
        Object.keys(headers).filter((name) => /trace|baggage|b3|cofferdam/.test(name)),
      ).toEqual([]);
    }
  });

  it('names no span: what a request is called stays an attribute', async () => {
    const code = `await fetch('${target.url}/${'run%20forged'}?${'x'.repeat(2000)}'); console.log(1)`;
    const { body } = await up.post('/execute', {
      code,
      preset: 'agent',
      permissions: permissions(),
    });
    const { spans } = await traceOf(body.traceId);
    expect(Object.keys(nesting(spans)).sort()).toEqual(
      Object.keys(inside('run inline', '')).sort(),
    );
    for (const { attributes } of spans) {
      expect(JSON.stringify(attributes).length).toBeLessThan(2_000);
    }
  });
});

it('a caller whose trace is not recorded has none here', async () => {
  const traceId = 'c'.repeat(32);
  const traceparent = `00-${traceId}-${CALLER}-00`;
  await up.post('/execute', { code: 'console.log(1)' }, { traceparent });
  const { body } = await up.post('/execute', { code: 'console.log(2)' });
  await traceOf(body.traceId);
  expect(spansOf(receiver).filter((span) => span.traceId === traceId)).toEqual([]);
});
