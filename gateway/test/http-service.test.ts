import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { httpRig, send } from './http-rig.ts';
import { ok } from './peer.ts';

describe('GET /health', () => {
  it('says how the service is and honestly what protects a run', async () => {
    await using rig = await httpRig();
    const before = await rig.get('/health');
    expect(before.status).toBe(200);
    expect(before.body).toMatchObject({ ok: false, status: 'starting', layers: [] });
    await rig.join();
    const { body } = await rig.get('/health');
    expect(body).toMatchObject({
      ok: true,
      status: 'ok',
      engine: { active: 0, queued: 0, runners: 1 },
      versions: { node: process.version },
      layers: ['process'],
    });
    expect(body.protection).toContain('no container');
  });

  it('says nothing of tenants', async () => {
    await using rig = await httpRig();
    await rig.join();
    await rig.post('/execute', { code: 'return 1' });
    const { text } = await rig.get('/health');
    expect(text).not.toContain('default');
    expect(text).not.toContain('runnerId');
  });
});

describe('GET /stats', () => {
  it('answers figures of runs and runners, with or without their word', async () => {
    await using rig = await httpRig();
    await rig.join();
    await rig.post('/execute', { code: 'return 1' });
    const { status, body } = await rig.get('/stats');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      active: 0,
      queued: 0,
      maxConcurrent: 50,
      runs: { total: 1, completed: 1, failed: 0 },
      wasm: { modules: 0, bytes: 0 },
    });
    expect(body.runners).toHaveLength(1);
    expect(body.presets).toContain('compute');
  });
});

describe('GET /metrics', () => {
  it('counts requests by route, never by path', async () => {
    await using rig = await httpRig();
    await rig.join();
    await rig.post('/execute', { code: 'return 1' });
    await rig.get('/v1/runs/r-secret');
    await rig.get('/secret');
    const { headers, text } = await rig.get('/metrics');
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    const line = (part: string) => text.split('\n').find((one) => one.includes(part));
    expect(line('cofferdam_http_requests_total{route="/execute"')).toMatch(/status="200"\} 1$/);
    expect(line('route="/v1/runs/:id"')).toBeDefined();
    expect(line('route="none"')).toBeDefined();
    expect(text).not.toContain('secret');
    expect(line('cofferdam_runs_total')).toBeDefined();
  });
});

describe('the description', () => {
  it('is OpenAPI 3.1 with every endpoint and its schema', async () => {
    await using rig = await httpRig();
    const { status, body } = await rig.get('/openapi.json');
    expect([status, body.openapi]).toEqual([200, '3.1.0']);
    const operations = Object.entries(body.paths as Record<string, object>).flatMap(
      ([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.toSorted()).toEqual([
      'delete /v1/sessions/{id}',
      'get /health',
      'get /livez',
      'get /metrics',
      'get /readyz',
      'get /stats',
      'get /v1/namespaces/{namespace}/scripts/{name}',
      'get /v1/namespaces/{namespace}/scripts/{name}/runs',
      'get /v1/namespaces/{namespace}/scripts/{name}/server',
      'get /v1/runs/{id}',
      'get /v1/runs/{id}/artifacts',
      'get /v1/runs/{id}/artifacts/{name}',
      'get /v1/runs/{id}/junit',
      'get /v1/scripts',
      'get /v1/sessions',
      'get /v1/sessions/{id}',
      'post /deno',
      'post /execute',
      'post /typecheck',
      'post /v1/namespaces/{namespace}/scripts/{name}/runs',
      'post /v1/sessions',
      'post /v1/sessions/{id}/eval',
      'post /v1/sessions/{id}/tests',
      'post /validate',
      'post /wasm/compile',
      'post /wasm/execute',
      'post /wasm/run',
    ]);
    const execute = body.paths['/execute'].post;
    const schema = execute.requestBody.content['application/json'].schema;
    expect(schema.required).toEqual(['code']);
    expect(schema.properties.preset.enum).toEqual(['minimal', 'compute', 'data', 'agent', 'web']);
    expect(Object.keys(execute.responses)).toEqual(expect.arrayContaining(['200', '422', '4XX']));
  });

  it('has a page', async () => {
    await using rig = await httpRig();
    const { status, headers, text } = await rig.get('/docs/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(text).toContain('swagger');
  });
});

describe('admission', () => {
  it('answers one run too many with 429 and Retry-After', async () => {
    await using rig = await httpRig({ maxConcurrent: 1, maxQueue: 1 });
    const go = Promise.withResolvers<void>();
    await rig.join({ run: () => go.promise.then(() => ok()) });
    const answers = [0, 1].map(() => rig.post('/execute', { code: 'return 1' }));
    await expect.poll(() => rig.gateway.core.health()).toMatchObject({ active: 1, queued: 1 });
    const { status, headers, body } = await rig.post('/execute', { code: 'return 1' });
    expect([status, body.error.code]).toEqual([429, 'QUEUE_FULL']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    go.resolve();
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([200, 200]);
  });
});

describe('shutting down', () => {
  it('lets a run under way end, and refuses what is new', async () => {
    const rig = await httpRig({ drainMs: 10_000 });
    const go = Promise.withResolvers<void>();
    await rig.join({ run: () => go.promise.then(() => ok()) });
    const options = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const kept = request(`${rig.url}/execute`, options);
    kept.flushHeaders();
    await once(kept, 'socket');
    const running = rig.post('/execute', { code: 'return 1' });
    await expect.poll(() => rig.gateway.core.health().active).toBe(1);
    const closed = rig[Symbol.asyncDispose]();
    kept.end('{"code":"return 2"}');
    const [late] = (await once(kept, 'response')) as [IncomingMessage];
    expect(late.statusCode).toBe(503);
    late.resume();
    go.resolve();
    expect((await running).status).toBe(200);
    await closed;
    await expect(send(`${rig.url}/health`, {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends what does not end by itself', async () => {
    const rig = await httpRig({ drainMs: 1 });
    await rig.join({ run: () => new Promise<never>(() => {}) });
    const running = rig.post('/execute', { code: 'for(;;);' });
    await expect.poll(() => rig.gateway.core.health().active).toBe(1);
    await rig[Symbol.asyncDispose]();
    expect((await running).body.error.code).toBe('UNAVAILABLE');
  });

  it('does not wait for a client that takes nothing', async () => {
    const rig = await httpRig({ drainMs: 1 });
    await rig.join({ run: () => ok({ value: `"${'x'.repeat(1_000_000)}"` }) });
    const limits = { outputBytes: 1024 * 1024 };
    const call = request(`${rig.url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    call.on('error', () => {});
    call.end(JSON.stringify({ code: 'return 1', limits }));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.on('error', () => {});
    expect(answer.statusCode).toBe(200);
    await rig[Symbol.asyncDispose]();
    answer.destroy();
  });
});
