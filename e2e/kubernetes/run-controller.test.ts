import type { RunStatus } from '@cofferdam/protocol';
import { clusterEvents } from '@cofferdam/operator/kubernetes';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTarget } from '../test/targets.ts';
import { RunCluster, within } from './run-cluster.ts';
import { document, inline, NAMESPACE, pool, published } from './run-rig.ts';

const ENDLESS = 'await new Promise((done) => setTimeout(done, 60000))';

const cluster = new RunCluster();
const { create, exists, kubectl, operator, read, reasonOf, statusOf, wait } = cluster;

beforeAll(() => cluster.start(), 900_000);
afterAll(() => cluster.stop());
afterEach(() => cluster.clear());

describe('a run', () => {
  test('is created, waited for and read with kubectl', async () => {
    await operator();
    const code = 'console.log("a"); console.log("b\\u001b[31m"); return { sum: input.a + 1 }';
    const name = await create(inline(code, { input: { a: 41 } }));
    await wait(name);
    const { status, metadata } = await read(name);
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      phase: 'Succeeded',
      exitReason: 'Completed',
      result: '{"sum":42}',
      output: 'a\nb[31m',
      layers: ['isolate', 'process'],
    });
    const { conditions, startedAt, completedAt, traceId, runId } = status as RunStatus;
    expect(conditions).toMatchObject([
      { type: 'Complete', status: 'True', reason: 'Completed' },
      { type: 'Failed', status: 'False', reason: 'Completed' },
    ]);
    expect(Date.parse(completedAt!)).toBeGreaterThanOrEqual(Date.parse(startedAt!));
    expect(cluster.rig.gateway.core.records.get(runId!)).toMatchObject({
      traceId,
      trigger: 'manual',
    });
    expect(await kubectl(['get', 'sandboxruns', name])).toContain('Succeeded');
  });

  test('that throws has failed, and people are told', async () => {
    await operator();
    const name = await create(inline('throw new TypeError("no")'));
    await wait(name, 'Failed');
    expect(await statusOf(name)).toMatchObject({
      phase: 'Failed',
      exitReason: 'Exception',
      error: { name: 'TypeError', message: 'no' },
      conditions: [
        { type: 'Complete', status: 'False', reason: 'Exception' },
        { type: 'Failed', status: 'True', message: 'TypeError: no' },
      ],
    });
    const events = async () => {
      const { items } = await cluster.client.list(clusterEvents, { namespace: NAMESPACE });
      return items.filter((event) => event.regarding.name === name);
    };
    await expect.poll(events, within).toMatchObject([{ type: 'Warning', reason: 'Exception' }]);
  });

  test('of a published script has its own input and limits, and its trace', async () => {
    const { scripts, asked } = await operator();
    scripts.set(`${NAMESPACE}/job`, published('job', 'return input', 'of the script'));
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const annotations = { 'opentelemetry.io/traceparent': `00-${traceId}-b7ad6b7169203331-01` };
    const plain = await create({ scriptRef: { name: 'job' } }, { annotations });
    const own = await create({
      scriptRef: { name: 'job' },
      input: ['own'],
      limits: { wallTime: '7s', requests: 3 },
    });
    await Promise.all([wait(plain), wait(own)]);
    expect(await statusOf(plain)).toMatchObject({ result: '"of the script"', traceId });
    expect(await statusOf(own)).toMatchObject({ result: '["own"]' });
    const script = asked
      .map((ask) => ask.script)
      .find((one) => 'code' in one && one.maxRequests === 3);
    const { uid } = (await read(own)).metadata;
    expect(script).toMatchObject({ uid, name: 'job', limits: { wallTimeMs: 7000 } });
  });

  test('cannot be changed', async () => {
    await operator();
    const name = await create(inline('return 1'));
    await wait(name);
    const changed = kubectl(['apply', '-f', '-'], document(name, inline('return 2')));
    await expect(changed).rejects.toThrow('spec of a SandboxRun cannot be changed');
  });

  test('whose result and console are too large keeps the end of the one and says so of the other', async () => {
    await operator();
    const code =
      'for (let n = 0; n < 400; n++) console.log(`line ${n} ${"é".repeat(20)}`); return "x".repeat(40000)';
    const name = await create(inline(code));
    await wait(name);
    const status = await statusOf(name);
    expect(status).toMatchObject({ resultTruncated: true, phase: 'Succeeded' });
    expect(status!.result).toBeUndefined();
    expect(status!.output).toMatch(/line 399 é{20}$/);
    expect(Buffer.byteLength(status!.output!)).toBeLessThanOrEqual(8192);
  });
});

describe('what is missing', () => {
  test('a Secret: the run waits, says so, and runs when it is there', async () => {
    const { errors } = await operator();
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'late', key: 'key' } } }];
    const script = { source: { inline: 'return env.KEY' }, env };
    const name = await create({ script });
    await expect.poll(() => reasonOf(name), within).toBe('SecretNotFound');
    expect(await statusOf(name)).toMatchObject({
      phase: 'Pending',
      observedGeneration: 1,
      conditions: [
        { type: 'Complete', status: 'False', message: 'there is no Secret late in home' },
        { type: 'Failed', status: 'False', reason: 'SecretNotFound' },
      ],
    });
    await kubectl(['create', 'secret', 'generic', 'late', '--from-literal=key=sesame']);
    await wait(name);
    expect(await statusOf(name)).toMatchObject({ result: '"sesame"' });
    expect(errors).toEqual([]);
  });

  test('a Secret of a rule: the run waits, the target is sent it, and the run never has it', async () => {
    await using target = await startTarget();
    const { errors } = await operator();
    const secretKeyRef = { name: 'later', key: 'key' };
    const addHeadersFrom = [{ name: 'X-Key', prefix: 'Key ', secretKeyRef }];
    const net = [{ host: '127.0.0.1', ports: [target.port], addHeadersFrom }];
    const code = `const { status, headers } = await fetch('${target.url}', { headers: { 'x-key': 'own' } });
      console.log(...headers); return { status, env: typeof env }`;
    const script = { ...inline(code).script!, permissions: { net } };
    const name = await create({ script });
    await expect.poll(() => reasonOf(name), within).toBe('SecretNotFound');
    await kubectl(['create', 'secret', 'generic', 'later', '--from-literal=key=sesame']);
    await wait(name);
    expect(target.seen.map(({ headers }) => headers['x-key'])).toEqual(['Key sesame']);
    const run = await read(name);
    expect(run.status).toMatchObject({ result: expect.stringContaining('200') as string });
    const { runId } = run.status as RunStatus;
    const record = cluster.rig.gateway.core.records.get(runId!);
    expect(record).toBeDefined();
    expect(JSON.stringify([run, record])).not.toContain('sesame');
    expect(errors).toEqual([]);
  });

  test('a script, and a pool: the run is looked at again when it is told of them', async () => {
    const { scripts, pools, controller } = await operator(cluster.client, { pools: [] });
    const ofScript = await create({ scriptRef: { name: 'later' } });
    const ofPool = await create(inline('return 2'));
    await expect.poll(() => reasonOf(ofScript), within).toBe('ScriptNotFound');
    await expect.poll(() => reasonOf(ofPool), within).toBe('PoolNotFound');
    const message = 'SyntaxError: Unexpected token';
    const ready = { type: 'Ready', status: 'False', reason: 'CompileError', message } as const;
    const conditions = [{ ...ready, lastTransitionTime: new Date().toISOString() }];
    scripts.set(`${NAMESPACE}/later`, { conditions });
    controller.notice();
    await expect.poll(() => reasonOf(ofScript), within).toBe('ScriptNotReady');
    scripts.set(`${NAMESPACE}/later`, published('later', 'return 1'));
    pools.push(pool());
    controller.notice();
    await Promise.all([wait(ofScript), wait(ofPool)]);
  });

  test('a spec that could never work fails at once', async () => {
    await operator();
    const source = { inline: 'not base64!' };
    const name = await create({ script: { engine: 'wasm', source } });
    await wait(name, 'Failed');
    expect(await reasonOf(name)).toBe('InvalidSpec');
    expect((await statusOf(name))!.error!.message).toContain('spec.script.source.inline');
  });
});

describe('the end', () => {
  test('deletion cancels a live run', async () => {
    await operator();
    const name = await create(inline(ENDLESS));
    await expect.poll(async () => (await statusOf(name))?.phase, within).toBe('Running');
    await kubectl(['delete', 'sandboxrun', name]);
    const records = () => cluster.rig.gateway.core.records.list({ namespace: NAMESPACE, name });
    await expect.poll(records, within).toMatchObject([{ exitReason: 'Cancelled' }]);
  });

  test('a run goes when its time is over, at once if that is none', async () => {
    await operator();
    const at0 = await create(inline('return 0', { ttlSecondsAfterFinished: 0 }));
    const at2 = await create(inline('return 2', { ttlSecondsAfterFinished: 2 }));
    await wait(at2);
    expect(await exists(at2)).toBe(true);
    await expect.poll(() => exists(at0), within).toBe(false);
    await expect.poll(() => exists(at2), within).toBe(false);
  });

  test('also where an operator comes that did not see it', async () => {
    const first = await operator();
    const name = await create(inline('return 1', { ttlSecondsAfterFinished: 1 }));
    await wait(name);
    await first.crash();
    await operator();
    await expect.poll(() => exists(name), within).toBe(false);
  });
});
