import { core, primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';
import { callFor } from './request-context.ts';
import { handlers, type SocketEvent } from './serve.ts';
import { release, ServerWebSocket, turn, CLOSED, CLOSING, OPEN } from './server-web-socket.ts';

const { apply, Error, jsonParse, Map, mapDelete, mapGet, mapSet, Promise, promiseThen } =
  primordials;

/** Connections that are being opened, open or closing, by the number of the request that they were. */
const sockets = new Map<number, Connection>();

interface Connection {
  readonly socket: ServerWebSocket;
  /** For which its handlers are called. */
  readonly requestId: string;
}

export function addSocket(id: number, requestId: string, data: unknown): void {
  mapSet(sockets, id, record({ socket: new ServerWebSocket(id, data), requestId }));
}

export function openSocket(id: number): void {
  const found = find(id);
  if (!found) return;
  turn(found.socket, OPEN);
  tell('open', found.requestId, found.socket);
}

export function receiveText(id: number, text: string): void {
  const found = find(id);
  if (found) tell('message', found.requestId, found.socket, text);
}

export function receiveBytes(id: number, _json: unknown, bytes: ArrayBuffer): void {
  const found = find(id);
  if (found) tell('message', found.requestId, found.socket, bytes);
}

/** `json`: code, reason, and what went wrong where something did. */
export function closeSocket(id: number, json: string): void {
  const found = find(id);
  if (!found) return;
  const { socket, requestId } = found;
  mapDelete(sockets, id);
  const closing = record(jsonParse(json) as [code: number, reason: string, failure?: string]);
  turn(socket, closing[2] === undefined ? CLOSED : CLOSING);
  if (closing[2] !== undefined) tell('error', requestId, socket, new Error(closing[2]));
  turn(socket, CLOSED);
  tell('close', requestId, socket, closing[0], closing[1]);
}

/** One that was never opened. */
export function dropSocket(id: number): void {
  const found = find(id);
  if (!found) return;
  mapDelete(sockets, id);
  turn(found.socket, CLOSED);
}

export function acknowledge(id: number, size: number): void {
  const found = find(id);
  if (found) release(found.socket, size);
}

function find(id: number): Connection | undefined {
  return mapGet(sockets, id) as Connection | undefined;
}

/** What a handler throws, or rejects with, is written to the console, and ends no connection. */
function tell(event: SocketEvent, requestId: string, ...args: unknown[]): void {
  const given = handlers?.sockets;
  const handler = given?.on[event];
  if (!handler) return;
  try {
    const result = callFor(requestId, () => apply(handler, given.receiver, args) as unknown);
    if (typeof result !== 'object' || result === null) return;
    // A promise of ours, which a guest's constructor has no part in.
    const settled = hardened(new Promise<unknown>((resolve) => resolve(result)));
    promiseThen(settled, undefined, (error: unknown) => core.fail(error));
  } catch (error) {
    core.fail(error);
  }
}
