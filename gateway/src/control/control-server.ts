import { hash, timingSafeEqual } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import {
  Channel,
  CofferdamError,
  OperatorHelloSchema,
  parser,
  type CallHandler,
} from '@cofferdam/protocol';
import { listenOn } from '../listen.ts';

/** An operator says hello as its first act. */
const HELLO_MS = 10_000;
/** Connections at once: the leader, the one before it, and some that are nobody. */
const MAX_CONNECTIONS = 16;
/** Scheduled runs and compile checks of the whole cluster. */
const MAX_CALLS = 1_024;

export interface ControlServerOptions {
  /** A Unix socket (made with mode 0600) or `host:port`. */
  address: string;
  /** What an operator proves to be one with. */
  token: string;
  handlers: Record<string, CallHandler>;
  onOperator(channel: Channel): void;
  log(message: string, details: Record<string, unknown>): void;
}

const readHello = parser(OperatorHelloSchema);

/** The private port: takes the operator's connection, and answers nothing to anybody else. */
export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #tokenHash: Buffer;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #epoch = -1;

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#tokenHash = hash('sha256', options.token, 'buffer');
  }

  async listen(): Promise<void> {
    this.#server = await listenOn(this.#options.address, (socket) => this.#accept(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = new Promise((resolve) => void server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const { handlers } = this.#options;
    const known: Record<string, CallHandler> = {};
    const channel = new Channel(socket, {
      about: { role: 'gateway' },
      handlers: known,
      maxInFlight: MAX_CALLS,
      helloWithinMs: HELLO_MS,
      silent: true,
    });
    channel.onFault = (error) =>
      this.#options.log('a call of the operator failed', { error: String(error) });
    void this.#greet(channel).then(
      () => {
        Object.assign(known, handlers);
        channel.greet();
        this.#options.onOperator(channel);
      },
      (error: unknown) => this.#refuse(channel, CofferdamError.from(error)),
    );
  }

  async #greet(channel: Channel): Promise<void> {
    const { token, epoch } = readHello((await channel.peer).about);
    if (!timingSafeEqual(hash('sha256', token, 'buffer'), this.#tokenHash)) {
      throw new CofferdamError('FORBIDDEN', 'a wrong token on the private port');
    }
    if (epoch < this.#epoch) throw new CofferdamError('STALE_EPOCH');
    this.#epoch = epoch;
  }

  #refuse(channel: Channel, error: CofferdamError): void {
    channel.close(error);
    const { code, message } = error;
    this.#options.log('a connection to the private port was refused', { code, error: message });
  }
}
