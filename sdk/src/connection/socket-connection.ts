import type { Duplex } from 'node:stream';
import { Channel, type CallHandler } from '@cofferdam/protocol';
import type { Connection } from './connection.ts';

/** What a guest's many fetches and files may ask for at once, of all runtimes of a host. */
const MAX_CALLS = 4_096;

/** A daemon ends its side at once, unless it is stopped. */
const CLOSE_GRACE_MS = 2_000;

export interface SocketConnectionOptions {
  handlers: Record<string, CallHandler>;
  description: string;
  /** What keeps the process alive, unless it is told not to. */
  handle: { ref(): unknown; unref(): unknown };
}

/** A connection on a socket, which keeps the process alive only while it is held. */
export class SocketConnection implements Connection {
  readonly channel: Channel;
  readonly description: string;
  readonly #handle: SocketConnectionOptions['handle'];
  readonly #gone: Promise<void>;
  #held = 0;

  constructor(stream: Duplex, { handlers, description, handle }: SocketConnectionOptions) {
    this.description = description;
    this.#handle = handle;
    this.#gone = new Promise((resolve) => stream.once('close', () => resolve()));
    this.channel = new Channel(stream, {
      about: { role: 'embedder' },
      handlers,
      maxInFlight: MAX_CALLS,
      closeGraceMs: CLOSE_GRACE_MS,
    });
    handle.unref();
  }

  hold(): () => void {
    if (this.#held++ === 0) this.#handle.ref();
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      if (--this.#held === 0) this.#handle.unref();
    };
  }

  async close(): Promise<void> {
    const release = this.hold();
    this.channel.close();
    await this.#gone;
    release();
  }
}
