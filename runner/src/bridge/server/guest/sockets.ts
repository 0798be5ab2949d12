import { core, primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';
import { handlers, type SocketEvent } from './serve.ts';
import { release, ServerWebSocket, turn, CLOSED, CLOSING, OPEN } from './server-web-socket.ts';

const { apply, Error, jsonParse, Map, mapDelete, mapGet, mapSet, Promise, promiseThen } =
  primordials;

/** Connections that are being opened, open or closing, by the number of the request that they were. */
const sockets = new Map<number, ServerWebSocket>();

export function addSocket(id: number, data: unknown): void {
  mapSet(sockets, id, new ServerWebSocket(id, data));
}

export function openSocket(id: number): void {
  const socket = find(id);
  if (!socket) return;
  turn(socket, OPEN);
  tell('open', socket);
}

export function receiveText(id: number, text: string): void {
  const socket = find(id);
  if (socket) tell('message', socket, text);
}

export function receiveBytes(id: number, _json: unknown, bytes: ArrayBuffer): void {
  const socket = find(id);
  if (socket) tell('message', socket, bytes);
}

/** `json`: code, reason, and what went wrong where something did. */
export function closeSocket(id: number, json: string): void {
  const socket = find(id);
  if (!socket) return;
  mapDelete(sockets, id);
  const closing = record(jsonParse(json) as [code: number, reason: string, failure?: string]);
  turn(socket, closing[2] === undefined ? CLOSED : CLOSING);
  if (closing[2] !== undefined) tell('error', socket, new Error(closing[2]));
  turn(socket, CLOSED);
  tell('close', socket, closing[0], closing[1]);
}

/** One that was never opened. */
export function dropSocket(id: number): void {
  const socket = find(id);
  if (!socket) return;
  mapDelete(sockets, id);
  turn(socket, CLOSED);
}

export function acknowledge(id: number, size: number): void {
  const socket = find(id);
  if (socket) release(socket, size);
}

function find(id: number): ServerWebSocket | undefined {
  return mapGet(sockets, id) as ServerWebSocket | undefined;
}

/** What a handler throws, or rejects with, is written to the console, and ends no connection. */
function tell(event: SocketEvent, ...args: unknown[]): void {
  const given = handlers?.sockets;
  const handler = given?.on[event];
  if (!handler) return;
  try {
    const result: unknown = apply(handler, given.receiver, args);
    if (typeof result !== 'object' || result === null) return;
    // A promise of ours, which a guest's constructor has no part in.
    const settled = hardened(new Promise<unknown>((resolve) => resolve(result)));
    promiseThen(settled, undefined, (error: unknown) => core.fail(error));
  } catch (error) {
    core.fail(error);
  }
}
