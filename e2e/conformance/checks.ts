import { expect, it } from 'vitest';
import type { Client } from './client.ts';

const CHECK = `
  const twice = (n: number): number => 2 * n;
  describe('twice', () => {
    test('of a number', async () => expect(await twice(21)).toBe(42));
    test('of another', () => expect(twice(4)).toBe(Number(env.EXPECTED)));
  });`;

/** Tests as runs. */
export function checkTests(on: () => Client): void {
  const run = async (name: string, expected: string) => {
    const env = [{ name: 'EXPECTED', value: expected }];
    await on().apply(name, CHECK, { mode: 'check', env });
    await on().whenReady(name);
    return on().post(`/v1/namespaces/${on().tenant}/scripts/${name}/runs`, {});
  };

  it('complete where all pass', async () => {
    const { status, body } = await run('passing', '8');
    expect([status, body.exitReason, body.error]).toEqual([200, 'Completed', undefined]);
    expect(body.result).toMatchObject({ success: true, passed: 2, failed: 0 });
    expect(body.layers).toEqual(['isolate', 'process', ...on().instance.layers]);
  });

  it('fail where one does, and tell which one', async () => {
    const { status, body } = await run('failing', '9');
    expect([status, body.exitReason]).toEqual([422, 'TestFailure']);
    expect(body.error).toMatchObject({
      code: 'TEST_FAILURE',
      message: expect.stringContaining('1 of 2 tests failed: twice > of another') as string,
    });
    const { tests } = body.result as { tests: object[] };
    expect(tests).toMatchObject([
      { fullName: 'twice > of a number', status: 'pass' },
      { fullName: 'twice > of another', status: 'fail', error: { expected: '9', actual: '8' } },
    ]);
    const { text } = await on().get(`/v1/runs/${body.runId}/junit`);
    expect(text).toMatch(/<testsuites[^>]* tests="2"[^>]* failures="1"/);
    expect(text).toContain('of another');
  });
}
