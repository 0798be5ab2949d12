import { core, primordials } from '../../../guest/captured.ts';
import type { AsyncContextGroup } from '../../../runtimes/guest/async-context/guest.ts';

const { apply } = primordials;

let variable: object;
let get: Function;
let run: Function;

/** Has every call of the host's carry the request that the calling code serves. */
export function followRequests(): void {
  const { Variable } = core.use<AsyncContextGroup>('async-context').AsyncContext;
  variable = new Variable();
  ({ get, run } = Variable.prototype);
  core.requestId = () => apply(get, variable, []) as string | undefined;
}

/** Calls a handler, which serves this request from here on, also when it is called back later. */
export function callFor(requestId: string, callback: () => unknown): unknown {
  return apply(run, variable, [requestId, callback]) as unknown;
}
