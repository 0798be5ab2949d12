import type { ResolvedScript, TestResults } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverRig, serverScript, type ServerRig } from './server-rig.ts';

let rig: ServerRig;
beforeAll(async () => {
  rig = await serverRig();
}, 60_000);
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

const RUNS = '/v1/namespaces/default/scripts/check/runs';

function check(code: string, over: Partial<ResolvedScript> = {}): ResolvedScript {
  const { server: _, ...script } = serverScript(code, { name: 'check' });
  return { ...script, mode: 'check', ...over };
}

describe('a check', () => {
  it('that passes answers how each of its tests went', async () => {
    rig.publish(
      check(
        `describe('sums', () => {
          test('adds', () => { expect(1 + 1).toBe(2); });
          test.todo('subtracts');
        });
        test('knows its env', () => { expect(env.WHO).toBe('me'); expect(input.n).toBe(3); });`,
        { env: { WHO: 'me' }, input: { n: 3 } },
      ),
    );
    const { status, body } = await rig.post(RUNS, {});
    expect([status, body.exitReason]).toEqual([200, 'Completed']);
    expect(body.result).toMatchObject({ success: true, passed: 2, failed: 0, todo: 1, total: 3 });
    const { text, headers } = await rig.get(`/v1/runs/${body.runId}/junit`);
    expect(headers['content-type']).toContain('application/xml');
    expect(text).toContain('<testcase classname="sums" name="adds"');
  });

  it('that fails says which tests did, keeps their results, and is not run again', async () => {
    rig.publish(
      check(`
        test('passes', () => {});
        test('fails', () => { expect({ a: 1 }).toEqual({ a: '<2>' }); });`),
    );
    const { status, body } = await rig.post(RUNS, {});
    expect([status, body.exitReason, body.error.code]).toEqual([
      422,
      'TestFailure',
      'TEST_FAILURE',
    ]);
    expect(body.error.message).toContain('1 of 2 tests failed: fails');
    const results = body.result as TestResults;
    expect(results.tests.map((test) => test.status)).toEqual(['pass', 'fail']);
    const record = await rig.get(`/v1/runs/${body.runId}`);
    expect(record.body).toMatchObject({ exitReason: 'TestFailure', result: { failed: 1 } });
    const xml = await rig.get(`/v1/runs/${body.runId}`, { accept: 'application/xml' });
    expect(xml.text).toContain('failures="1"');
    expect(xml.text).not.toContain('<2>');
  });

  it('with many tests has all of them on record', async () => {
    rig.publish(
      check(`for (let i = 0; i < 600; i++) test('number ' + i, () => {});`, {
        limits: {
          ...check('').limits,
          outputBytes: 262_144,
          wallTimeMs: 20_000,
          cpuTimeMs: 20_000,
        },
      }),
    );
    const { body } = await rig.post(RUNS, {});
    expect(body.result.passed).toBe(600);
    const { text } = await rig.get(`/v1/runs/${body.runId}/junit`);
    expect(text.match(/<testcase /g)).toHaveLength(600);
  });

  it('without a test is no success', async () => {
    rig.publish(check('const a = 1;'));
    const { body } = await rig.post(RUNS, {});
    expect([body.success, body.exitReason]).toEqual([false, 'TestFailure']);
  });

  it('is what a run of anything else is not: it has no report', async () => {
    const { body } = await rig.post('/execute', { code: 'return { success: true }' });
    const { status } = await rig.get(`/v1/runs/${body.runId}/junit`);
    expect(status).toBe(404);
    expect((await rig.get('/v1/runs/r-00000000000000000000000000/junit')).status).toBe(404);
  });
});
