import { CofferdamError, type IncomingCall } from '@cofferdam/protocol/base';
import type { Capability } from '../../bridge/capability.ts';
import { ServedRequests } from './served-requests.ts';
import { ServedSockets } from './served-sockets.ts';

/** Tells the guest something of a request or a connection; settles when it has heard of it. */
export type TellGuest = (
  kind: string,
  id: number,
  json?: string,
  bytes?: ArrayBuffer,
) => Promise<void>;

/** What a guest serves: its requests and its connections, as they are in the guest's own process. */
export class GuestServer {
  /** Bodies in pieces, both ways. */
  readonly capability: Capability;
  readonly #requests: ServedRequests;
  readonly #sockets: ServedSockets;

  constructor(tell: TellGuest) {
    this.#sockets = new ServedSockets(tell);
    this.#requests = new ServedRequests(tell, this.#sockets);
    this.capability = {
      name: 'server',
      async: {
        read: (_context, { json }) => this.#requests.read(json),
        write: (_context, { json, bytes }) => this.#requests.write(json, bytes),
      },
    };
  }

  request(call: IncomingCall): Promise<object> {
    return this.#requests.serve(call);
  }

  webSocket(call: IncomingCall): Promise<object> {
    return this.#sockets.serve(call);
  }

  /** What the guest's end of it says: nothing of it is believed. */
  told(kind: unknown, id: unknown, json: unknown, bytes: unknown): void {
    if (!Number.isSafeInteger(id)) return;
    const about = {
      id: id as number,
      json,
      bytes: bytes instanceof ArrayBuffer ? bytes : undefined,
    };
    if (!this.#requests.told(kind, about)) this.#sockets.told(kind, about);
  }

  /** The guest is over, and so is all that it served. */
  end(why: string): void {
    const error = new CofferdamError('RUNTIME_ENDED', why);
    this.#requests.end(error);
    this.#sockets.end(error);
  }
}

/** What a guest says of a request or a connection. */
export interface Told {
  id: number;
  json: unknown;
  bytes: ArrayBuffer | undefined;
}
