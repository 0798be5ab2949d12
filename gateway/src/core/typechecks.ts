import {
  createTypechecker,
  type TypecheckerOptions,
  type TypecheckRequest,
  type TypecheckResult,
} from '@cofferdam/typecheck';
import { Admission } from './runs/admission.ts';

/** A check takes some 10 ms; a hostile one its whole deadline, of 10 s. */
const WAIT_MS = 30_000;
const MAX_QUEUE = 200;

export interface TypecheckCall {
  tenant: string;
  request: TypecheckRequest;
  signal?: AbortSignal;
}

/**
 * Type checks, one at a time, of one tenant after the other: a tenant whose sources take long delays
 * another one's by one check. The process that does them is started by the first.
 */
export class Typechecks {
  readonly #admission = new Admission({ maxConcurrent: 1, maxQueue: MAX_QUEUE });
  readonly #checker;

  constructor(options: Omit<TypecheckerOptions, 'processes'> = {}) {
    this.#checker = createTypechecker({ ...options, processes: 1 });
  }

  /** Rejects as a {@link Typechecker} does, and with `EXPIRED` or `CANCELLED` while it waits. */
  check({ tenant, request, signal }: TypecheckCall): Promise<TypecheckResult> {
    return this.#admission.within(tenant, { waitMs: WAIT_MS, signal }, () =>
      this.#checker.check(request, signal ? { signal } : {}),
    );
  }

  async close(): Promise<void> {
    this.#checker.close();
    await this.#admission.close();
  }
}
