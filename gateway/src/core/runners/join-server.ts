import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { Channel, CofferdamError, type CallHandler } from '@cofferdam/protocol';
import { readRunnerHello } from './hello.ts';
import type { RunnerIdentity } from './runner.ts';

/** A runner says hello as its first act; one that does not within 10 s never will. */
const HELLO_MS = 10_000;
/** Connections that may be without an accepted hello at once. */
const MAX_STRANGERS = 64;
/** Calls of one runner under way: it only asks for modules. */
const MAX_RUNNER_CALLS = 32;

export interface JoinServerOptions {
  socketPath: string;
  /** The runner that a token was announced for, once. */
  takeToken(token: string): string | undefined;
  now(): number;
  /** Told of every runner with a good token; answers the methods that it may call. */
  onJoin(identity: RunnerIdentity): void;
  /** Answers a call of a runner; `channel` says whose. */
  onCall(channel: Channel, method: string): CallHandler | undefined;
  log(message: string, details: Record<string, unknown>): void;
}

const RUNNER_METHODS = ['blob'];

/** Listens for runners on a Unix socket that only this user may open, and checks who they are. */
export class JoinServer {
  readonly #options: JoinServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #strangers = 0;

  constructor(options: JoinServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async listen(): Promise<void> {
    const { socketPath } = this.#options;
    await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
    // What a killed predecessor left behind.
    await rm(socketPath, { force: true });
    this.#server.listen(socketPath);
    await once(this.#server, 'listening');
    await chmod(socketPath, 0o600);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#strangers >= MAX_STRANGERS) return void socket.destroy();
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const handlers: Record<string, CallHandler> = {};
    const channel = new Channel(socket, {
      about: { role: 'gateway' },
      handlers,
      maxInFlight: MAX_RUNNER_CALLS,
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
    void this.#greet(channel);
  }

  async #greet(channel: Channel): Promise<void> {
    this.#strangers++;
    const timer = setTimeout(
      () => channel.close(new CofferdamError('DEADLINE_EXCEEDED', 'no hello in time')),
      HELLO_MS,
    );
    try {
      const about = readRunnerHello((await channel.peer).about);
      const runnerId = this.#options.takeToken(about.token);
      if (runnerId === undefined) throw new CofferdamError('FORBIDDEN', 'no such join token');
      const { layers, versions } = about;
      this.#options.onJoin({ runnerId, channel, layers, versions, joinedAt: this.#options.now() });
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
