import { describe, expect, test } from 'vitest';
import { errorOfStatus, KubernetesError } from './kubernetes-error.ts';

describe('errorOfStatus', () => {
  test('reads a Status object', () => {
    const body = {
      kind: 'Status',
      code: 429,
      reason: 'TooManyRequests',
      message: 'slow down',
      details: { retryAfterSeconds: 2, causes: [{ field: 'a' }] },
    };
    expect(errorOfStatus(body, { status: 429 })).toMatchObject({
      status: 429,
      reason: 'TooManyRequests',
      message: 'slow down',
      retryAfterMs: 2000,
      retryable: true,
      causes: [{ field: 'a' }],
    });
    expect(errorOfStatus(body, { status: 429, retryAfter: '5' }).retryAfterMs).toBe(5000);
  });

  test.each([undefined, null, 'text', 7, [], { code: 'x', reason: 1, message: {}, details: 3 }])(
    'makes an error of %j, which is no Status object',
    (body) => {
      expect(errorOfStatus(body, { status: 502 })).toMatchObject({
        status: 502,
        reason: 'Unknown',
        message: 'the API server answered 502',
        retryAfterMs: undefined,
        causes: [],
      });
    },
  );

  test.each([
    [404, 'NotFound', 'notFound'],
    [409, 'Conflict', 'conflict'],
    [409, 'AlreadyExists', 'alreadyExists'],
    [410, 'Expired', 'gone'],
    [403, 'Forbidden', 'forbidden'],
    [401, 'Unauthorized', 'unauthenticated'],
    [422, 'Invalid', 'invalid'],
    [0, 'Unreachable', 'unreachable'],
  ] as const)('%i %s is %s and nothing else', (status, reason, name) => {
    const error = new KubernetesError({ status, reason, message: 'm' });
    const all = [
      'notFound',
      'conflict',
      'alreadyExists',
      'gone',
      'forbidden',
      'unauthenticated',
      'invalid',
      'unreachable',
    ] as const;
    expect(all.filter((one) => error[one])).toEqual([name]);
  });
});

test('what an API server said does not cross a boundary', () => {
  const error = new KubernetesError({
    status: 403,
    reason: 'Forbidden',
    message: 'secrets "of-another-tenant" is forbidden',
  });
  expect(error.toWire()).toEqual({ code: 'INTERNAL', message: error.entry.meaning });
});
