import { abortable, type IncomingCall, type WebSocketStart } from '@cofferdam/protocol';
import type { HostCallContext } from '../../types.ts';
import { fetchFailure } from '../fetch/failure.ts';
import { asSocket, closeQuietly, opened, type HostWebSocket } from './host-socket.ts';
import { fromGuest, toGuest } from './passage.ts';

/** Opens a WebSocket for a guest, which may reach through it whatever it reaches. */
export type WebSocketBinding = (start: WebSocketStart, context: HostCallContext) => unknown;

interface Asked {
  call: IncomingCall;
  context: HostCallContext;
}

/** Answers a guest's WebSocket with one of this process's, until either end closes. */
export async function serveWebSocket(
  binding: WebSocketBinding,
  start: WebSocketStart,
  { call, context }: Asked,
): Promise<unknown> {
  const { signal } = context;
  let socket: HostWebSocket | undefined;
  try {
    socket = await given(binding, start, context);
    const told = Promise.withResolvers<void>();
    // Listens from the beginning: what comes with the opening itself is not lost.
    const down = toGuest(socket, call, told.promise);
    down.catch(() => {});
    await abortable(opened(socket), signal);
    call.emit({ head: { protocol: socket.protocol.slice(0, 128) } });
    told.resolve();
    // Its failure closes the socket, which ends the other direction.
    const up = fromGuest(call, socket);
    up.catch(() => closeQuietly(socket!));
    await abortable(down, signal);
    call.end();
    return {};
  } catch (error) {
    throw fetchFailure(error);
  } finally {
    if (socket) closeQuietly(socket);
  }
}

/** A socket that comes when nobody waits for it any more is closed. */
async function given(
  binding: WebSocketBinding,
  start: WebSocketStart,
  context: HostCallContext,
): Promise<HostWebSocket> {
  const { signal } = context;
  const answered = Promise.resolve(binding(start, context)).then(asSocket);
  try {
    return await abortable(answered, signal);
  } catch (error) {
    answered.then(closeQuietly, () => {});
    throw error;
  }
}
