import { ERROR_CATALOGUE, type ErrorCode } from '@cofferdam/protocol';
import { expect } from 'vitest';
import type { Answer } from '../../gateway/test/http-rig.ts';
import type { Instance } from './instance.ts';

/** The next good request is served as if nothing had happened: by its first try. */
export async function expectServed(
  on: Instance,
  { path = '/execute', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<void> {
  const { status, body } = await on.post(path, { code: 'return 6 * 7' }, headers);
  const { success, result, logs, exitReason, stats } = body;
  expect({ status, success, result, logs, exitReason, attempts: stats?.attempts }).toEqual({
    status: 200,
    success: true,
    result: 42,
    logs: [],
    exitReason: 'Completed',
    attempts: 1,
  });
}

/** A refusal or a failure says whose fault it is and what to do, as the catalogue has it. */
export function expectCode({ status, body }: Answer, code: ErrorCode): void {
  const { status: expected, blame, retry, action } = ERROR_CATALOGUE[code];
  expect([status, body?.error?.code, body?.error?.message]).toEqual([
    expected,
    code,
    expect.stringMatching(/\S/),
  ]);
  expect(body).toMatchObject({ success: false, error: { blame, retry, action } });
}
