import {
  CofferdamError,
  headersFit,
  parser,
  relayCall,
  ServerHeadSchema,
  type IncomingCall,
} from '@cofferdam/protocol';
import type { RunnerLease } from '../runners/registry.ts';

const VIOLATION = 'PROTOCOL_VIOLATION';
const readHead = parser(ServerHeadSchema, VIOLATION);

/** Has a runner's guest answer a request, or go on with a connection, of its embedder's; what the runner says is checked. */
export async function relayServing(call: IncomingCall, lease: RunnerLease): Promise<object> {
  const onEvent = (event: unknown) => {
    const head = readHead(event);
    if (!headersFit(head.headers)) throw new CofferdamError(VIOLATION);
    call.emit(head);
  };
  await relayCall(call, lease.channel, { onEvent });
  return {};
}
