import { CofferdamError, GuestErrorSchema, MAX_CODE_BYTES, parser } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { ValidateRequest, Validation } from './core.ts';
import type { PoolDirectory } from './pools.ts';
import { callRunner } from './runners/call.ts';
import { claimOfCheck } from './runners/claim.ts';
import type { RunnerRegistry } from './runners/registry.ts';
import type { Admission } from './runs/admission.ts';

/** The compiler's own deadline is shorter; this one covers a runner that has to start first. */
const VALIDATE_MS = 15_000;

const readAnswer = parser(
  Type.Object(
    {
      valid: Type.Boolean(),
      form: Type.Optional(Type.Enum(['body', 'module'])),
      error: Type.Optional(GuestErrorSchema),
    },
    { additionalProperties: false },
  ),
  'PROTOCOL_VIOLATION',
);

export interface ValidationOptions {
  registry: RunnerRegistry;
  pools: PoolDirectory;
  admission: Admission;
}

/** Asks the tenant's runner whether a source compiles; nothing of it is run. */
export async function validate(
  { registry, pools, admission }: ValidationOptions,
  { tenant, pool, code, language, signal }: ValidateRequest,
): Promise<Validation> {
  if (Buffer.byteLength(code) > MAX_CODE_BYTES) throw new CofferdamError('CODE_TOO_LARGE');
  return admission.within(tenant, { waitMs: VALIDATE_MS, signal }, () =>
    callRunner(registry, claimOfCheck(pools.choose(tenant, pool), tenant), {
      method: 'validate',
      payload: { code, language },
      deadlineMs: VALIDATE_MS,
      signal,
      read: readAnswer,
    }),
  );
}
