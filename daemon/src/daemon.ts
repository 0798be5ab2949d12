import type { Server, Socket } from 'node:net';
import type { EarlyProcesses } from '@cofferdam/runner/early';
import { RuntimeKeeper, type KeeperConnection } from '@cofferdam/runner/runtimes';
import { Channel, CofferdamError } from '@cofferdam/protocol/base';
import type { DaemonArgs } from './args.ts';
import { IdleTimer } from './idle.ts';
import { listen } from './listen.ts';

export interface DaemonOptions extends DaemonArgs {
  /** Processes that are starting for its first runtime. */
  early?: EarlyProcesses;
  /** Told of every error that is none of the catalogue's. */
  onFault: (error: unknown) => void;
}

export interface Daemon {
  /** Settles when the daemon has ended, by itself or by `close`. */
  readonly ended: Promise<void>;
  /** Ends every connection and runtime; the socket is gone afterwards. */
  close(): Promise<void>;
}

/** Calls of one embedder at once: each runtime is one, and each eval. */
const MAX_CALLS = 4_096;
/** Sessions are the user's, whichever program of theirs made them: it may come back as another process. */
const SESSION_OWNER = 'the user';

/**
 * Keeps runtimes for the embedders of this user until none has been connected for a while. Throws
 * `INVALID_CONFIG` when the socket's place cannot be used; the lock on it is let go in the end.
 */
export async function startDaemon(lock: Disposable, options: DaemonOptions): Promise<Daemon> {
  try {
    const running = new RunningDaemon(options, lock);
    await running.listen();
    return running;
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

class RunningDaemon implements Daemon {
  readonly ended: Promise<void>;
  readonly #options: DaemonOptions;
  readonly #lock: Disposable;
  readonly #keeper: RuntimeKeeper;
  readonly #idle: IdleTimer;
  readonly #channels = new Set<Channel>();
  readonly #end = Promise.withResolvers<void>();
  #server: Server | undefined;
  #connections = 0;
  #closing: Promise<void> | undefined;

  constructor(options: DaemonOptions, lock: Disposable) {
    this.#options = options;
    this.#lock = lock;
    this.ended = this.#end.promise;
    this.#idle = new IdleTimer(options.idleMs, () => void this.close());
    // A session is there for as long as its idle time after its last embedder.
    this.#keeper = new RuntimeKeeper({
      sessionWatch: { began: () => this.#idle.enter(), ended: () => this.#idle.leave() },
    });
  }

  async listen(): Promise<void> {
    this.#server = await listen(this.#options.socket, (socket) => this.#serve(socket));
    this.#keeper.warm(this.#options.early);
    this.#idle.start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #serve(socket: Socket): void {
    this.#idle.enter();
    // An owner of its own: programs of one user may work for people who are none of each other's business.
    const kept = this.#keeper.connect(
      () => channel,
      `connection-${++this.#connections}`,
      SESSION_OWNER,
    );
    const channel = new Channel(socket, {
      about: { role: 'daemon' },
      handlers: kept.handlers,
      maxInFlight: MAX_CALLS,
    });
    channel.onFault = this.#options.onFault;
    this.#channels.add(channel);
    void channel.closed.then(() => this.#left(channel, kept));
  }

  /** It counts as there until its processes have ended, so that an idle daemon has none. */
  async #left(channel: Channel, kept: KeeperConnection): Promise<void> {
    await kept.close();
    this.#channels.delete(channel);
    this.#idle.leave();
  }

  async #close(): Promise<void> {
    this.#idle.stop();
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const channel of this.#channels) channel.close(new CofferdamError('SHUTTING_DOWN'));
    await this.#keeper.close();
    await closed;
    this.#lock[Symbol.dispose]();
    this.#end.resolve();
  }
}
