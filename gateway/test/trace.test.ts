import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePortFrame, RUNTIME_METHODS, SERVER_METHODS } from '@cofferdam/protocol';
import { intent, ok, rig } from './peer.ts';
import { serverScript } from './server-rig.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

interface JsonSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}

const bodies: { path: string; body: string }[] = [];
const collector = createServer((request, response) => {
  void text(request).then((body) => {
    bodies.push({ path: request.url!, body });
    response.end('{}');
  });
});
beforeAll(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
});
afterAll(() => {
  vi.unstubAllEnvs();
  collector.close();
});

function spansOf(traces: { body: string }[]): JsonSpan[] {
  return traces.flatMap(({ body }) =>
    JSON.parse(body).resourceSpans.flatMap(
      ({ scopeSpans }: { scopeSpans: { spans: JsonSpan[] }[] }) => scopeSpans[0]!.spans,
    ),
  );
}

describe('a request of a server', () => {
  it('is one trace at the collector, under the caller’s span, with the console on it', async () => {
    await using gateway = await rig();
    const { core } = gateway;
    core.catalogue.publish({ version: 1, scripts: [serverScript('ours')] });
    const told: string[] = [];
    const line = JSON.stringify([
      ['log', 'log', 'for you', 0],
      ['post', 'server', 1],
    ]);
    await gateway.join({
      handlers: {
        [RUNTIME_METHODS.open]: async (call) => {
          call.emit({ runtimeId: 's1', layers: ['isolate'] });
          await call.write(encodePortFrame(line));
          return new Promise(() => {});
        },
        [RUNTIME_METHODS.eval]: () => ({
          ...{ exitReason: 'Completed', cpuTimeMs: 1, wallTimeMs: 1, ended: false },
          portBytes: encodePortFrame(line).byteLength,
        }),
        [SERVER_METHODS.request]: (call) => {
          const { headers } = call.payload as { headers: [string, string][] };
          told.push(headers.find(([name]) => name === 'traceparent')![1]);
          call.emit({ status: 204, statusText: '', headers: [] });
          return {};
        },
      },
    });
    const asked = {
      ...{ method: 'GET', url: 'http://a/', headers: [], body: undefined },
      ...{ signal: new AbortController().signal, traceparent: `00-${TRACE}-${CALLER}-01` },
    };
    const served = await core.servers.handle('default', 'shop', asked);
    await served.done;
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    await gateway.telemetry.shutdown();
    const sent = bodies.splice(0);
    const spans = spansOf(sent.filter(({ path }) => path === '/v1/traces'));
    const names = spans.map(({ name }) => name);
    expect(names.sort()).toEqual(['dispatch', 'execute', 'queue', 'run shop']);
    const root = spans.find(({ name }) => name === 'run shop')!;
    expect(sent.find(({ path }) => path === '/v1/logs')!.body).toContain('for you');
    expect(root).toMatchObject({ traceId: TRACE, parentSpanId: CALLER });
    expect(told).toEqual([`00-${TRACE}-${root.spanId}-01`]);
  });
});

describe('a run through the gateway', () => {
  it('is one trace at the collector, under the caller’s span, with the console on it', async () => {
    const gateway = await rig();
    await gateway.join({
      run: () => {
        const now = Date.now();
        const span = { start: now, end: now, parent: -1 };
        return ok({
          logs: [{ level: 'log', message: 'hello', time: now }],
          spans: [
            { ...span, name: 'compile' },
            { ...span, name: 'execute' },
            { ...span, name: 'fetch', parent: 1 },
          ],
        });
      },
    });
    const traceparent = `00-${TRACE}-${CALLER}-01`;
    const { runId } = await gateway.core.runs.execute(intent({ traceparent }));
    await gateway.core.runs.execute(intent({ traceparent: `00-${TRACE}-${CALLER}-00` }));
    const kept = gateway.core.records.get(runId)!.spans;
    await new Promise((resolve) => setImmediate(resolve));
    await gateway.telemetry.shutdown();
    await gateway[Symbol.asyncDispose]();

    const traces = bodies.filter(({ path }) => path === '/v1/traces');
    const spans = spansOf(traces);
    const parents = Object.fromEntries(spans.map((span) => [span.name, span.parentSpanId]));
    const ids = Object.fromEntries(spans.map((span) => [span.name, span.spanId]));
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    expect(parents).toEqual({
      'run inline': CALLER,
      queue: ids['run inline'],
      dispatch: ids['run inline'],
      compile: ids.dispatch,
      execute: ids.dispatch,
      fetch: ids.execute,
    });
    expect(spans.map(({ spanId }) => spanId)).toEqual(kept.map(({ spanId }) => spanId));
    const logs = bodies.filter(({ path }) => path === '/v1/logs').map(({ body }) => body);
    expect(logs.join('')).toContain('hello');
    expect(logs.join('')).toContain(TRACE);
  });
});
