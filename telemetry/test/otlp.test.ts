import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTelemetry, newTraceIds, type FinishedRun } from '../src/index.ts';
import { attributesOf, jsonOf, logsOf, spansOf } from './otlp-json.ts';
import { startReceiver, type Receiver } from './receiver.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

let receiver: Receiver;
beforeEach(async () => void (receiver = await startReceiver()));
afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver.close();
});

/** A run of 30 ms: dispatch, execute inside it, and a fetch inside that which failed. */
function finishedRun(fields: Partial<FinishedRun> = {}): FinishedRun {
  const { spanId } = newTraceIds();
  const start = Date.now() + 0.25;
  const [dispatch, execute, fetch] = ['1'.repeat(16), '2'.repeat(16), '3'.repeat(16)];
  return {
    runId: 'r-1',
    traceId: TRACE,
    sampled: true,
    tenant: 'home',
    trigger: 'schedule',
    engine: 'isolate',
    preset: 'agent',
    name: 'disk',
    namespace: 'home',
    exitReason: 'Exception',
    digest: 'd'.repeat(64),
    warm: true,
    maxMemory: 67_108_864,
    scheduledAt: 1_700_000_000_000,
    cron: '*/5 * * * *',
    error: 'Error: disk full',
    spans: [
      { spanId, parentSpanId: CALLER, name: 'run', start, end: start + 30 },
      {
        spanId: dispatch,
        parentSpanId: spanId,
        name: 'dispatch',
        start: start + 1,
        end: start + 29,
      },
      {
        spanId: execute,
        parentSpanId: dispatch,
        name: 'execute',
        start: start + 2,
        end: start + 28,
      },
      {
        spanId: fetch,
        parentSpanId: execute,
        name: 'fetch',
        start: start + 3,
        end: start + 9,
        error: 'refused',
        attributes: { 'http.status': 403 },
      },
    ],
    logs: [
      { level: 'warn', message: 'nearly full', time: start + 5 },
      { level: 'error', message: 'full', time: start + 6 },
    ],
    ...fields,
  };
}

const spansReceived = () => spansOf(receiver);
const logsReceived = () => logsOf(receiver);

async function send(...runs: FinishedRun[]): Promise<void> {
  const telemetry = await createTelemetry();
  expect(telemetry.exporting).toBe(true);
  for (const run of runs) telemetry.recordRun(run);
  await telemetry.shutdown();
}

describe('a collector that takes JSON', () => {
  beforeEach(() => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
  });

  it('gets one trace for a run, under the caller’s span', async () => {
    const run = finishedRun();
    await send(run);
    const spans = spansReceived();
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    const shape = spans.map(({ name, spanId, parentSpanId }) => [name, spanId, parentSpanId]);
    const [root, dispatch, execute, fetch] = run.spans.map(({ spanId }) => spanId);
    expect(shape).toEqual([
      ['run disk', root, CALLER],
      ['dispatch', dispatch, root],
      ['execute', execute, dispatch],
      ['fetch', fetch, execute],
    ]);
    for (const [index, span] of spans.entries()) {
      const { start, end } = run.spans[index]!;
      expect(Number(span.startTimeUnixNano) / 1e6).toBeCloseTo(start, 2);
      expect(Number(span.endTimeUnixNano) / 1e6).toBeCloseTo(end, 2);
    }
    expect(spans[0]!.status).toEqual({ code: 2, message: 'Error: disk full' });
    expect(spans[1]!.status.code ?? 0).toBe(0);
    expect(spans[3]!.status).toEqual({ code: 2, message: 'refused' });
    expect(attributesOf(spans[3]!.attributes)).toEqual({ 'http.status': 403 });
  });

  it('learns what ran, from the faas conventions', async () => {
    await send(finishedRun());
    expect(attributesOf(spansReceived()[0]!.attributes)).toEqual({
      'faas.trigger': 'timer',
      'faas.invocation_id': 'r-1',
      'faas.coldstart': false,
      'faas.name': 'home/disk',
      'faas.version': 'd'.repeat(64),
      'faas.max_memory': 67_108_864,
      'faas.cron': '*/5 * * * *',
      'faas.time': '2023-11-14T22:13:20.000Z',
      'cofferdam.exit_reason': 'Exception',
      'cofferdam.engine': 'isolate',
      'cofferdam.preset': 'agent',
      'cofferdam.tenant': 'home',
    });
    const { attributes } = jsonOf(receiver, '/v1/traces')[0].resourceSpans[0].resource;
    expect(attributesOf(attributes)['service.name']).toBe('cofferdam-gateway');
  });

  it('gets the guest’s console on the trace', async () => {
    const run = finishedRun();
    await send(run);
    const logs = logsReceived();
    const lines = logs.map(({ severityText, body }) => [severityText, body.stringValue]);
    expect(lines).toEqual([
      ['warn', 'nearly full'],
      ['error', 'full'],
    ]);
    for (const { traceId, spanId } of logs) {
      expect([traceId, spanId]).toEqual([TRACE, run.spans[0]!.spanId]);
    }
  });

  it('is not flooded by a guest', async () => {
    const line = { level: 'log' as const, message: 'x'.repeat(100), time: Date.now() };
    await send(finishedRun({ logs: Array.from({ length: 10_000 }, () => line) }));
    const chars = logsReceived().reduce((sum, { body }) => sum + body.stringValue.length, 0);
    expect(chars).toBeLessThanOrEqual(65_536);
    expect(chars).toBeGreaterThan(60_000);
  });

  it('gets a completed run without a parent as a trace of its own', async () => {
    const run = finishedRun({ exitReason: 'Completed', traceId: 'e'.repeat(32) });
    delete run.error;
    delete run.spans[0]!.parentSpanId;
    await send(run);
    const [root] = spansReceived();
    expect([root!.traceId, root!.parentSpanId || undefined]).toEqual(['e'.repeat(32), undefined]);
    expect(root!.status.code ?? 0).toBe(0);
  });

  it('gets nothing of a trace that its caller does not record', async () => {
    await send(finishedRun({ sampled: false }));
    expect(receiver.received).toEqual([]);
  });
});

describe('a collector that takes protobuf', () => {
  it('gets the same by default', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
    const run = finishedRun();
    await send(run);
    const traces = receiver.received.find(({ path }) => path === '/v1/traces')!;
    expect(traces.contentType).toBe('application/x-protobuf');
    expect(traces.body.includes(Buffer.from(TRACE, 'hex'))).toBe(true);
    for (const { spanId } of run.spans) {
      expect(traces.body.includes(Buffer.from(spanId, 'hex'))).toBe(true);
    }
    const logs = receiver.received.find(({ path }) => path === '/v1/logs')!;
    expect(logs.body.includes('nearly full')).toBe(true);
  });

  it('for traces alone gets no logs', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', `${receiver.url}/v1/traces`);
    await send(finishedRun());
    expect(receiver.received.map(({ path }) => path)).toEqual(['/v1/traces']);
  });
});

/** Sets telemetry up and prints every module of OpenTelemetry that was asked for meanwhile. */
const PROBE = `
  import { registerHooks } from 'node:module';
  const seen = [];
  registerHooks({ resolve: (name, context, next) => (seen.push(name), next(name, context)) });
  const { createTelemetry } = await import('${new URL('../src/index.ts', import.meta.url).href}');
  const { exporting } = await createTelemetry();
  console.log(exporting, seen.filter((name) => name.startsWith('@opentelemetry')).length > 0);
  process.exit();
`;

describe('without a collector', () => {
  it('nothing is exported', async () => {
    const telemetry = await createTelemetry();
    expect(telemetry.exporting).toBe(false);
    telemetry.recordRun(finishedRun());
    await telemetry.shutdown();
    expect(receiver.received).toEqual([]);
  });

  it('nothing of OpenTelemetry is loaded', async () => {
    const probe = (env: Record<string, string>) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROBE], { env });
    expect((await probe({})).stdout).toBe('false false\n');
    const withCollector = await probe({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    expect(withCollector.stdout).toBe('true true\n');
  });
});
