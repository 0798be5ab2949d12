import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { AsyncContextGroup } from '../../../runtimes/guest/async-context/guest.ts';

const { defineProperty, realm } = primordials;

let group: AsyncContextGroup | undefined;

/** Follows async context from here on; the first call patches the realm. */
export function useAsyncContext(): AsyncContextGroup {
  if (group) return group;
  group = core.use<AsyncContextGroup>('async-context');
  const { AsyncContext: value } = group;
  const fields = { value, writable: true, enumerable: false, configurable: true };
  defineProperty(realm, 'AsyncContext', record(fields));
  return group;
}
