import {
  closePart,
  CofferdamError,
  encodeSocketPart,
  readClose,
  readSocketParts,
  SOCKET_PART_BYTES,
  type SocketKind,
  type SocketPart,
} from '@cofferdam/protocol/base';
import { GuestFault, type AsyncMethod, type Capability, type RunContext } from '../capability.ts';
import { readClosing, readId, readOpening } from './opening.ts';
import type { WebSocketStream } from './stream.ts';

const NAME = 'websocket';
/** WebSocket of one run that may be open at once; what its ticket allows is decided by egress. */
const MAX_OPEN = 64;
/** Left of the payload limit for what goes with a part of a message. */
const ENVELOPE_BYTES = 128;

interface OpenSocket {
  stream: WebSocketStream;
  parts: AsyncIterator<SocketPart>;
  /** What is left of a part that was larger than one answer may be. */
  rest: SocketPart | undefined;
}

/**
 * `open` opens one under an id that the guest chose and waits for it, `send` sends a part of a
 * message and resolves when it is on its way, `close` begins to close, `receive` answers a part of
 * a message or how it ended, `abort` breaks it off.
 */
export const webSocketCapability: Capability = {
  name: NAME,
  uncounted: ['send', 'receive', 'close', 'abort'],
  async: {
    open: async (context, { json }) => {
      const { id, start } = readOpening(json);
      const sockets = socketsOf(context);
      if (sockets.size >= MAX_OPEN) throw failed(`more than ${MAX_OPEN} are open`);
      if (sockets.has(id)) throw failed('the id is in use');
      const stream = context.openWebSocket(start);
      const parts = readSocketParts(stream.body as AsyncIterable<Buffer>);
      sockets.set(id, { stream, parts, rest: undefined });
      const { protocol } = await guarded(context, id, () => stream.head);
      return { json: { protocol } };
    },
    send: async (context, { json, bytes = new Uint8Array() }) => {
      const { id, socket } = find(context, json);
      const { kind, isLast } = Object(json) as { kind?: unknown; isLast?: unknown };
      if (kind !== 'text' && kind !== 'binary') throw failed('the kind is not valid');
      if (bytes.byteLength > SOCKET_PART_BYTES) throw failed('the part is too large');
      const part = encodeSocketPart({ kind, isLast: isLast === true, bytes });
      await guarded(context, id, () => socket.stream.write(part));
      return {};
    },
    close: async (context, { json }) => {
      const { id, socket } = find(context, json);
      const part = encodeSocketPart(closePart(readClosing(json)));
      await guarded(context, id, () => socket.stream.write(part));
      return {};
    },
    receive: async (context, { json }) => {
      const { id, socket } = find(context, json);
      const part = await guarded(context, id, () => nextPart(context, socket));
      if (part.kind !== 'close') {
        const { kind, isLast, bytes } = part;
        return { json: { kind, isLast } satisfies PartHead, bytes };
      }
      socketsOf(context).delete(id);
      return { json: { kind: 'close', ...readClose(part) } };
    },
    abort: async (context, { json }) => {
      const id = readId(json);
      socketsOf(context).get(id)?.stream.abort();
      socketsOf(context).delete(id);
      return {};
    },
  } satisfies Record<string, AsyncMethod>,
};

interface PartHead {
  kind: SocketKind;
  isLast: boolean;
}

function socketsOf(context: RunContext): Map<number, OpenSocket> {
  const known = context.state.get(NAME) as Map<number, OpenSocket> | undefined;
  const sockets = known ?? new Map<number, OpenSocket>();
  if (!known) context.state.set(NAME, sockets);
  return sockets;
}

function find(context: RunContext, json: unknown): { id: number; socket: OpenSocket } {
  const id = readId(json);
  const socket = socketsOf(context).get(id);
  if (socket) return { id, socket };
  throw failed('the connection is over');
}

/** What fails is over: the guest gets the reason as fetch words it. */
async function guarded<T>(context: RunContext, id: number, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    socketsOf(context).get(id)?.stream.abort();
    socketsOf(context).delete(id);
    throw failed(error instanceof CofferdamError ? `${error.code}: ${error.message}` : undefined);
  }
}

function failed(reason = 'EGRESS_FAILED'): GuestFault {
  return new GuestFault('NetworkError', `WebSocket failed: ${reason}`);
}

/** A connection whose parts end without a close broke off. */
async function nextPart(context: RunContext, socket: OpenSocket): Promise<SocketPart> {
  let part = socket.rest;
  socket.rest = undefined;
  if (!part) {
    const step = await socket.parts.next();
    if (step.done) return closePart({ code: 1006, reason: '' });
    part = step.value;
  }
  const most = context.limits.bridgePayloadBytes - ENVELOPE_BYTES;
  if (part.kind === 'close' || part.bytes.byteLength <= most) return part;
  socket.rest = { ...part, bytes: part.bytes.subarray(most) };
  return { kind: part.kind, isLast: false, bytes: part.bytes.subarray(0, most) };
}
