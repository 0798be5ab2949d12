import { AsyncLocalStorage } from 'node:async_hooks';

const MAX_REQUEST_ID = 128;
const requests = new AsyncLocalStorage<string>();

/** Asks the host on behalf of a request that the guest says it serves: the embedder knows whether it does. */
export function onBehalfOf<T>(requestId: unknown, ask: () => T): T {
  const isId = typeof requestId === 'string' && requestId !== '';
  return isId && requestId.length <= MAX_REQUEST_ID ? requests.run(requestId, ask) : ask();
}

/** The request that is asked for, to be sent along. */
export function served(): { requestId?: string } {
  const requestId = requests.getStore();
  return requestId === undefined ? {} : { requestId };
}

/** A call without what it says of its request. */
export function askedOf([capability, method, json, bytes]: readonly unknown[]) {
  return [capability, method, json, bytes] as const;
}
