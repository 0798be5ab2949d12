import { hash, timingSafeEqual } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import { Channel, CofferdamError, parser, PeerCount, type CallHandler } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { listen } from './listen.ts';

/** Requests of one runner: 50 runs of 8 each, and some that wait. */
const MAX_REQUESTS_IN_FLIGHT = 512;
/** Who says no token keeps one of few places for no longer; Channel's own 30 s suit slow friends. */
const TOKEN_WITHIN_MS = 5_000;

/** A runner needs one; where addresses are translated, all of a node's runners have the same. */
const MAX_PER_PEER = 64;

export type Handlers = Record<string, CallHandler>;

export interface Door {
  /** A Unix socket's path, or `host:port`. */
  address: string;
  maxConnections: number;
  /** What a peer may call, made for each connection. */
  handlers: () => Handlers;
  /** Of the token that a peer has to say before it is answered anything. Default: none. */
  tokenSha256?: string;
}

const readHello = parser(
  Type.Object({ token: Type.String({ minLength: 1, maxLength: 256 }) }),
  'PROTOCOL_VIOLATION',
);

/** The sockets that egress listens on, and who is connected. */
export class Doors {
  readonly #servers: Server[] = [];
  readonly #channels = new Set<Channel>();
  readonly #peers = new PeerCount(MAX_PER_PEER);
  readonly #onFault: ((error: unknown) => void) | undefined;

  constructor(onFault: ((error: unknown) => void) | undefined) {
    this.#onFault = onFault;
  }

  async open(door: Door): Promise<void> {
    const { address, maxConnections } = door;
    const onConnection = (socket: Socket) => this.#accept(socket, door);
    this.#servers.push(await listen({ address, maxConnections, onConnection }));
  }

  async close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise((resolve) => void server.close(resolve)),
    );
    for (const channel of this.#channels) channel.close();
    await Promise.all(closed);
  }

  #accept(socket: Socket, door: Door): void {
    const { remoteAddress } = socket;
    if (!this.#peers.enter(remoteAddress)) return void socket.destroy();
    const { handlers, tokenSha256 } = door;
    const known: Handlers = tokenSha256 === undefined ? handlers() : {};
    const channel = new Channel(socket, {
      about: { role: 'egress' },
      handlers: known,
      maxInFlight: MAX_REQUESTS_IN_FLIGHT,
      // A small answer is four frames, which come of one piece of the target's.
      gathering: 'turn',
      ...(tokenSha256 === undefined ? {} : { silent: true, helloWithinMs: TOKEN_WITHIN_MS }),
    });
    channel.onFault = this.#onFault;
    this.#channels.add(channel);
    void channel.closed.then(() => {
      this.#channels.delete(channel);
      this.#peers.leave(remoteAddress);
    });
    if (tokenSha256 === undefined) return;
    admit(channel, tokenSha256).then(
      () => {
        Object.assign(known, handlers());
        channel.greet();
      },
      (error: unknown) => channel.close(CofferdamError.from(error)),
    );
  }
}

/** Resolves when the peer has said the token. */
async function admit(channel: Channel, tokenSha256: string): Promise<void> {
  const { token } = readHello((await channel.peer).about);
  const wanted = Buffer.from(tokenSha256, 'hex');
  if (timingSafeEqual(hash('sha256', token, 'buffer'), wanted)) return;
  throw new CofferdamError('FORBIDDEN', 'a wrong token on the control socket');
}
