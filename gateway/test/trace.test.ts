import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { intent, ok, rig } from './peer.ts';

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
    const spans: JsonSpan[] = traces.flatMap(({ body }) =>
      JSON.parse(body).resourceSpans.flatMap(
        ({ scopeSpans }: { scopeSpans: { spans: JsonSpan[] }[] }) => scopeSpans[0]!.spans,
      ),
    );
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
