import { on } from 'node:events';
import {
  closePart,
  CofferdamError,
  encodeSocketPart,
  MAX_SOCKET_MESSAGE_BYTES,
  readClose,
  readSocketParts,
  socketParts,
  type OutgoingCall,
  type SocketClose,
  type SocketPart,
} from '@cofferdam/protocol';
import { WebSocket } from 'ws';

/** Messages that are read ahead of the server; the connection is read on when they were taken. */
const AHEAD = { highWaterMark: 8, lowWaterMark: 2 };
const MAX_REASON_BYTES = 123;
const TOO_BIG = 1009;
const GOING_AWAY = 1001;
const FAILED = 1011;

/** Joins a client's WebSocket with the connection of a server, until either is over. Never rejects. */
export async function joinSockets(
  socket: WebSocket,
  connect: (signal: AbortSignal) => OutgoingCall,
): Promise<void> {
  const over = new AbortController();
  let closed: SocketClose | undefined;
  socket.on('close', (code, reason) => (closed = { code, reason: reason.toString() }));
  socket.on('error', () => {});
  const messages = on(socket, 'message', { close: ['close'], ...AHEAD });
  const call = connect(over.signal);
  const down = passDown(socket, call);
  const up = passUp(socket, call, messages).then(async () => {
    // Its client has closed: the server hears how, and may still end what it does.
    await call.write(encodeSocketPart(closePart(sayable(closed)))).catch(() => {});
    call.end();
  });
  up.catch(() => over.abort());
  try {
    await down;
    await call.reply;
    socket.close(GOING_AWAY);
  } catch (error) {
    // An instance that is let go takes its connections with it.
    socket.close(CofferdamError.from(error).code === 'CANCELLED' ? GOING_AWAY : FAILED);
  } finally {
    over.abort();
  }
}

/** From the client to the server, as fast as the server takes it. */
async function passUp(
  socket: WebSocket,
  call: OutgoingCall,
  messages: AsyncIterable<unknown[]>,
): Promise<void> {
  for await (const [data, isBinary] of messages as AsyncIterable<[Buffer, boolean]>) {
    if (data.byteLength > MAX_SOCKET_MESSAGE_BYTES) {
      socket.close(TOO_BIG);
      return;
    }
    for (const part of socketParts(isBinary ? 'binary' : 'text', data)) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await call.write(encodeSocketPart(part));
    }
  }
}

/** From the server to the client, as fast as the client takes it. A part goes on as a fragment. */
async function passDown(socket: WebSocket, call: OutgoingCall): Promise<void> {
  for await (const part of readSocketParts(call.data)) {
    if (part.kind === 'close') closeBy(socket, readClose(part));
    else if (socket.readyState === WebSocket.OPEN) await sent(socket, part);
  }
}

function sent(socket: WebSocket, { bytes, kind, isLast }: SocketPart): Promise<void> {
  const options = { binary: kind === 'binary', fin: isLast };
  // A connection that closed meanwhile takes nothing more, which its close tells.
  return new Promise((resolve) => socket.send(bytes, options, () => resolve()));
}

/** Codes are a guest's word: what no end may say is a failure. */
function closeBy(socket: WebSocket, { code, reason }: SocketClose): void {
  if (code === 1005) return socket.close();
  if (code === 1006) return socket.terminate();
  const isAllowed = (code >= 1000 && code <= 1014 && code !== 1004) || isOfApplications(code);
  if (!isAllowed || Buffer.byteLength(reason) > MAX_REASON_BYTES) return socket.close(FAILED);
  socket.close(code, reason);
}

function isOfApplications(code: number): boolean {
  return code >= 3000 && code <= 4999;
}

function sayable(closed: SocketClose | undefined): SocketClose {
  return closed ?? { code: 1006, reason: '' };
}
