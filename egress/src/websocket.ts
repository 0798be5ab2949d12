import { on, once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  abortable,
  closePart,
  CofferdamError,
  encodeSocketPart,
  MAX_SOCKET_MESSAGE_BYTES,
  readClose,
  readSocketParts,
  socketParts,
  type FetchUse,
  type IncomingCall,
  type SocketPart,
  type WebSocketStart,
} from '@cofferdam/protocol';
import { WebSocket } from 'ws';
import { admit } from './admit.ts';
import { dialled } from './connect.ts';
import { failedToReach } from './failure.ts';
import type { Headers } from './headers.ts';
import { withLoop } from './loop.ts';
import { heeded, logged, type Names } from './request.ts';
import { hostAndPort, parseTarget, type Target } from './target.ts';
import type { Ticket } from './tickets.ts';
import type { Meter } from './usage.ts';

interface Job {
  call: IncomingCall;
  start: WebSocketStart;
  ticket: Ticket;
  names: Names;
  /** Ends with the call or the ticket. */
  signal: AbortSignal;
}

/** What permissions.net and the log know the handshake as. */
const METHOD = 'GET';
const OURS: Headers = [['user-agent', 'cofferdam']];
/** The least header of a frame: messages without content are counted too. */
const FRAME_BYTES = 2;
/** How long the target may take to answer the handshake, and a close. */
const HANDSHAKE_MS = 30_000;
const CLOSE_MS = 5_000;
/** Messages that are read ahead of the run; the connection is read on when they were taken. */
const AHEAD = { highWaterMark: 1, lowWaterMark: 1 };
const MAX_REASON_BYTES = 123;

/** Carries one WebSocket of a guest out, by the rules of a GET request, until either end closes. */
export async function carry(job: Job): Promise<FetchUse> {
  const { url } = job.start;
  const target = heeded(job.ticket, { url, method: METHOD }, () => webSocketTarget(url));
  const meter = job.ticket.usage.begin(target, METHOD);
  await logged(meter, connection(job, target, meter));
  return { bytesUp: meter.bytesUp, bytesDown: meter.bytesDown };
}

/** Throws `EGRESS_DENIED` for other schemes: everything else is decided as for http and https. */
function webSocketTarget(url: string): Target {
  if (/^wss?:/i.test(url)) return parseTarget(`http${url.slice(2)}`);
  throw new CofferdamError('EGRESS_DENIED', 'only ws and wss addresses can be opened');
}

async function connection(job: Job, target: Target, meter: Meter): Promise<void> {
  const { call, start, ticket, names, signal } = job;
  meter.admit();
  const pinned = await admit(target, METHOD, { ...names, policy: ticket.policy, signal });
  meter.up(target.url.href.length + start.protocols.join().length);
  await meter.pacedUp(signal);
  let socket: WebSocket | undefined;
  try {
    const { credentials } = ticket;
    const trust = credentials.trust({ target, method: METHOD });
    const wire = await dialled(ticket.connections.dial(target, pinned, trust), signal);
    const added = credentials.over(OURS, { target, method: METHOD, pinned });
    const headers = withLoop(added, ticket.loop);
    socket = handshake(job, { target, wire, headers });
    await pass({ call, socket, meter, signal, target });
  } catch (error) {
    throw failedToReach(target, error, signal);
  } finally {
    socket?.terminate();
  }
}

interface Dialled {
  target: Target;
  wire: Socket;
  headers: Headers;
}

function handshake({ start, ticket }: Job, { target, wire, headers }: Dialled): WebSocket {
  const { policy, traceparent } = ticket;
  const trace = traceparent && policy.traces(target, METHOD) ? { traceparent } : {};
  const socket = new WebSocket(target.url, start.protocols, {
    createConnection: () => wire,
    headers: { ...Object.fromEntries(headers), ...trace },
    // Of a bomb's size nobody can know before it is unpacked.
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: HANDSHAKE_MS,
    closeTimeout: CLOSE_MS,
    maxPayload: MAX_SOCKET_MESSAGE_BYTES,
  } as WebSocket.ClientOptions);
  // Whoever waits for the connection hears of it; when nobody does, it must not end this process.
  socket.on('error', () => {});
  return socket;
}

interface Passage {
  call: IncomingCall;
  socket: WebSocket;
  meter: Meter;
  signal: AbortSignal;
  target: Target;
}

async function pass(passage: Passage): Promise<void> {
  const { call, socket, meter, signal } = passage;
  const end = () => socket.terminate();
  signal.addEventListener('abort', end, { once: true });
  let closing: [number, Buffer] | undefined;
  socket.on('close', (code: number, reason: Buffer) => (closing = [code, reason]));
  const messages = on(socket, 'message', { close: ['close'], ...AHEAD });
  try {
    await opened(passage);
    call.emit({ head: { protocol: socket.protocol } });
    let failure: unknown;
    passUp(passage).catch((error: unknown) => {
      failure = error;
      socket.terminate();
    });
    await passDown(passage, messages);
    if (failure !== undefined) throw failure;
    signal.throwIfAborted();
    if (!closing) await once(socket, 'close');
    const [code, reason] = closing ?? [1006, Buffer.alloc(0)];
    await call.write(encodeSocketPart(closePart({ code, reason: reason.toString() })));
    call.end();
    meter.down(FRAME_BYTES + reason.byteLength);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** The end of the handshake. What it fails with says no more than what the target answered. */
async function opened({ socket, meter, target }: Passage): Promise<void> {
  const open = Promise.withResolvers<void>();
  socket.once('open', () => open.resolve());
  socket.once('error', (error) => open.reject(error));
  socket.once('close', () => open.reject(new Error('closed')));
  socket.once('unexpected-response', (request: ClientRequest, { statusCode }: IncomingMessage) => {
    if (statusCode! >= 200 && statusCode! <= 599) meter.status = statusCode;
    const message = `${hostAndPort(target)} could not be fetched: it answered ${statusCode} to the handshake of a WebSocket`;
    open.reject(new CofferdamError('EGRESS_FAILED', message));
    request.destroy();
  });
  socket.on('ping', (data: Buffer) => countPing(socket, meter, data));
  await open.promise;
  meter.status = 101;
}

/** Pings are answered without the run: they have to end by its budget too. */
function countPing(socket: WebSocket, meter: Meter, data: Buffer): void {
  try {
    meter.down(data.byteLength + FRAME_BYTES);
  } catch (error) {
    socket.emit('error', error);
    socket.terminate();
  }
}

async function passDown(
  { call, meter, signal }: Passage,
  messages: AsyncIterable<unknown[]>,
): Promise<void> {
  for await (const [data, isBinary] of messages as AsyncIterable<[Buffer, boolean]>) {
    meter.down(data.byteLength + FRAME_BYTES);
    await meter.pacedDown(signal);
    for (const part of socketParts(isBinary ? 'binary' : 'text', data)) {
      await abortable(call.write(encodeSocketPart(part)), signal);
    }
  }
}

/** A part goes on as a fragment: a message that a runner sends is never held here as a whole. */
async function passUp({ call, socket, meter, signal }: Passage): Promise<void> {
  for await (const part of readSocketParts(call.data)) {
    if (part.kind === 'close') {
      close(socket, part);
    } else if (socket.readyState === WebSocket.OPEN) {
      meter.up(part.bytes.byteLength + FRAME_BYTES);
      await meter.pacedUp(signal);
      await sent(socket, part);
    }
  }
}

function sent(socket: WebSocket, { bytes, kind, isLast }: SocketPart): Promise<void> {
  const options = { binary: kind === 'binary', fin: isLast };
  // A connection that closed meanwhile takes nothing more, which its close tells.
  return new Promise((resolve) => socket.send(bytes, options, () => resolve()));
}

function close(socket: WebSocket, part: SocketPart): void {
  const { code, reason } = readClose(part);
  if (code === 1005) return socket.close();
  const isAllowed = code === 1000 || (code >= 3000 && code <= 4999);
  if (!isAllowed || Buffer.byteLength(reason) > MAX_REASON_BYTES) {
    throw new CofferdamError('PROTOCOL_VIOLATION', 'not a close that a script could ask for');
  }
  socket.close(code, reason);
}
