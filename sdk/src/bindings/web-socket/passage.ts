import { setTimeout as sleep } from 'node:timers/promises';
import {
  closePart,
  CofferdamError,
  encodeSocketPart,
  MAX_SOCKET_MESSAGE_BYTES,
  readClose,
  readSocketParts,
  socketParts,
  type IncomingCall,
  type SocketClose,
  type SocketPart,
} from '@cofferdam/protocol';
import type { HostWebSocket } from './host-socket.ts';

/** Messages that wait for a guest that does not read: beyond it the connection is broken off. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Of what the guest sends no more is read while more than this waits for the network. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const LOOK_AGAIN_MS = 20;
const NO_CODE = 1005;
const ABNORMAL = 1006;

/**
 * Brings what the socket receives to the guest, until it closes, and then how it did; once the guest
 * was told that it is open.
 */
export async function toGuest(
  socket: HostWebSocket,
  call: IncomingCall,
  told: Promise<void>,
): Promise<void> {
  const closed = Promise.withResolvers<SocketClose>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let waiting = 0;
  let last = told;
  socket.addEventListener('message', ({ data }) => {
    const bytes = bytesOf(data);
    if (!bytes || bytes.byteLength > MAX_SOCKET_MESSAGE_BYTES) {
      return failed.reject(new CofferdamError('EGRESS_FAILED', 'a message is too large'));
    }
    waiting += bytes.byteLength;
    if (waiting > MAX_WAITING_BYTES) {
      return failed.reject(new CofferdamError('EGRESS_FAILED', 'the guest does not read'));
    }
    const kind = typeof data === 'string' ? 'text' : 'binary';
    last = last.then(() => write(call, socketParts(kind, bytes)));
    last.then(() => (waiting -= bytes.byteLength), failed.reject);
  });
  socket.addEventListener('close', ({ code = ABNORMAL, reason = '', wasClean }) =>
    closed.resolve({ code: wasClean === false ? ABNORMAL : code, reason }),
  );
  const closing = await Promise.race([closed.promise, failed.promise]);
  await last;
  await write(call, [closePart(closing)]);
}

/** Brings what the guest sends to the socket, until the guest closes. */
export async function fromGuest(call: IncomingCall, socket: HostWebSocket): Promise<void> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const part of readSocketParts(call.data)) {
    if (part.kind === 'close') return close(socket, readClose(part));
    size += part.bytes.byteLength;
    if (size > MAX_SOCKET_MESSAGE_BYTES) {
      throw new CofferdamError('EGRESS_FAILED', 'a message is too large');
    }
    pieces.push(part.bytes);
    if (!part.isLast) continue;
    const bytes = Buffer.concat(pieces);
    socket.send(part.kind === 'text' ? bytes.toString('utf8') : bytes);
    pieces = [];
    size = 0;
    await room(socket);
  }
}

/** The standard has no event for it. */
async function room(socket: HostWebSocket): Promise<void> {
  // eslint-disable-next-line no-await-in-loop -- until there is some
  while (socket.bufferedAmount > MAX_BUFFERED_BYTES) await sleep(LOOK_AGAIN_MS);
}

function close(socket: HostWebSocket, { code, reason }: SocketClose): void {
  if (code === NO_CODE) socket.close();
  else socket.close(code, reason);
}

async function write(call: IncomingCall, parts: Iterable<SocketPart>): Promise<void> {
  // eslint-disable-next-line no-await-in-loop -- one part after the other
  for (const part of parts) await call.write(encodeSocketPart(part));
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return data instanceof Uint8Array ? data : undefined;
}
