import type { Server, Socket } from 'node:net';
import {
  Channel,
  CofferdamError,
  PeerCount,
  RUN_BROWSER_METHOD,
  SERVER_METHODS,
  RUNTIME_METHODS,
  type CallHandler,
  type ExpectedRunner,
} from '@cofferdam/protocol';
import { listenOn } from '../../listen.ts';
import { readRunnerHello } from './hello.ts';
import type { RunnerIdentity } from './runner.ts';

/** A runner says hello as its first act; one that does not within 10 s never will. */
const HELLO_MS = 10_000;
/** Connections that may be without an accepted hello at once. */
const MAX_STRANGERS = 64;
/** Of those, from one address: a runner that was taken over keeps nobody else from joining. */
const MAX_STRANGERS_PER_PEER = 16;
/** Calls of one runner under way: it asks for WebAssembly modules, and embedders for their bindings. */
const MAX_RUNNER_CALLS = 512;

export interface JoinServerOptions {
  /** Unix sockets (made with mode 0600) and `host:port`s. */
  addresses: readonly string[];
  /** The runner that a token was announced for, waited for within the signal's time. */
  takeToken(token: string, signal: AbortSignal): Promise<ExpectedRunner | undefined>;
  now(): number;
  /** Told of every runner with a good token; answers the methods that it may call. */
  onJoin(identity: RunnerIdentity, expected: ExpectedRunner): void;
  /** Answers a call of a runner; `channel` says whose. */
  onCall(channel: Channel, method: string): CallHandler | undefined;
  log(message: string, details: Record<string, unknown>): void;
}

const { modules, sources, fetch, webSocket, files, browser } = RUNTIME_METHODS;
const BINDINGS = [modules, sources, fetch, webSocket, files, browser];
const RUNNER_METHODS = ['blob', RUN_BROWSER_METHOD, SERVER_METHODS.ticket, ...BINDINGS];

/** Listens for runners and checks who they are; says nothing to one that it does not know. */
export class JoinServer {
  readonly #options: JoinServerOptions;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #peers = new PeerCount(MAX_STRANGERS_PER_PEER);
  #strangers = 0;

  constructor(options: JoinServerOptions) {
    this.#options = options;
  }

  async listen(): Promise<void> {
    for (const address of this.#options.addresses) {
      // eslint-disable-next-line no-await-in-loop -- at most two, and the first failure ends it
      this.#servers.push(await listenOn(address, (socket) => this.#accept(socket)));
    }
  }

  /** Takes no more connections; those that there are stay. */
  refuse(): void {
    for (const server of this.#servers) server.close();
  }

  async close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise((resolve) => void server.close(resolve)),
    );
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #accept(socket: Socket): void {
    const { remoteAddress } = socket;
    if (this.#strangers >= MAX_STRANGERS || !this.#peers.enter(remoteAddress)) {
      return void socket.destroy();
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const handlers: Record<string, CallHandler> = {};
    const channel = new Channel(socket, {
      about: { role: 'gateway' },
      handlers,
      maxInFlight: MAX_RUNNER_CALLS,
      silent: true,
    });
    for (const method of RUNNER_METHODS) {
      handlers[method] = (call) => {
        const handler = this.#options.onCall(channel, method);
        if (!handler) throw new CofferdamError('FORBIDDEN', 'the runner has no tenant');
        return handler(call);
      };
    }
    channel.onFault = (error) =>
      this.#options.log('a call of a runner failed', { error: String(error) });
    void this.#greet(channel).finally(() => this.#peers.leave(remoteAddress));
  }

  async #greet(channel: Channel): Promise<void> {
    this.#strangers++;
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
      channel.close(new CofferdamError('DEADLINE_EXCEEDED', 'no hello in time'));
    }, HELLO_MS);
    void channel.closed.then(() => late.abort());
    try {
      const about = readRunnerHello((await channel.peer).about);
      const expected = await this.#options.takeToken(about.token, late.signal);
      if (expected === undefined) throw new CofferdamError('FORBIDDEN', 'no such join token');
      const { role, layers, versions } = about;
      const { runnerId } = expected;
      channel.greet();
      const joinedAt = this.#options.now();
      this.#options.onJoin({ runnerId, role, channel, layers, versions, joinedAt }, expected);
    } catch (error) {
      const refusal = CofferdamError.from(error);
      channel.close(refusal);
      this.#options.log('a connection was refused', { code: refusal.code, error: refusal.message });
    } finally {
      clearTimeout(timer);
      this.#strangers--;
    }
  }
}
