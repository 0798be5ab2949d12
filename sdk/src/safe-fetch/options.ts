import { aBoolean, aFunction, anInteger, options } from '../options/check.ts';
import { CofferdamError } from '@cofferdam/protocol';
import type { SafeFetchOptions } from './types.ts';

const MiB = 1024 * 1024;

const read = options({
  policy: aFunction,
  maxRedirects: anInteger(0, 20),
  maxResponseBytes: anInteger(0, 1024 * MiB),
  timeoutMs: anInteger(1, 600_000),
  allowPrivateAddresses: aBoolean,
});

/** Throws `INVALID_INPUT`, which names the option. */
export function readSafeFetchOptions(given: unknown): Required<SafeFetchOptions> {
  const { policy, ...rest } = read(given, '');
  if (!policy) throw new CofferdamError('INVALID_INPUT', 'policy is missing');
  return {
    policy: policy as SafeFetchOptions['policy'],
    maxRedirects: 5,
    maxResponseBytes: 16 * MiB,
    timeoutMs: 30_000,
    allowPrivateAddresses: false,
    ...rest,
  };
}
