import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { host } from './host.ts';

const { TypeError } = primordials;

export type SocketEvent = 'open' | 'message' | 'close' | 'error';

/** What a guest gave to `serve`: read once, so that a later change of its object changes nothing. */
export interface Handlers {
  fetch: Function;
  /** What `fetch` is called on. */
  receiver: object;
  sockets: SocketHandlers | undefined;
}

interface SocketHandlers {
  receiver: object;
  on: { readonly [event in SocketEvent]: Function | undefined };
}

/** The last that was given: code that is evaluated again replaces what it served. */
export let handlers: Handlers | undefined;

const served = {
  serve(options: unknown): void {
    const given = objectOf(options, 'serve needs an object with fetch');
    const { fetch, websocket } = given;
    if (typeof fetch !== 'function') throw new TypeError('fetch must be a function');
    const made = record<Handlers>({ fetch, receiver: given, sockets: socketsOf(websocket) });
    const isFirst = handlers === undefined;
    handlers = made;
    if (isFirst) host.serving();
  },
};
export const { serve } = served;

function socketsOf(websocket: unknown): SocketHandlers | undefined {
  if (websocket === undefined || websocket === null) return undefined;
  const receiver = objectOf(websocket, 'websocket must be an object');
  const { open, message, close, error } = receiver;
  const on = record({
    open: optional(open, 'open'),
    message: optional(message, 'message'),
    close: optional(close, 'close'),
    error: optional(error, 'error'),
  });
  return record({ receiver, on });
}

function objectOf(value: unknown, message: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new TypeError(message);
}

function optional(value: unknown, name: string): Function | undefined {
  if (value === undefined || typeof value === 'function') return value as Function | undefined;
  throw new TypeError(`websocket.${name} must be a function`);
}
