import { CofferdamError } from '@cofferdam/protocol';
import type { Connection } from '../connection/connection.ts';
import { notify } from '../port/notify.ts';
import type { AppServerSockets, WebSocketCommand, WebSocketHandlers } from './types.ts';
import { ClientSocket } from './client-socket.ts';
import { readClosing, readFailure, readMessage } from './options.ts';

export interface SocketsOptions {
  connection: Connection;
  runtimeId: string;
  handlers: WebSocketHandlers;
}

/** As long as a guest waits for a connection that it has agreed to. */
const OPEN_WITHIN_MS = 30_000;
const GOING_AWAY = 1_001;

/** The connections of one runtime. */
export class Sockets {
  readonly #options: SocketsOptions;
  /** Agreed to by the guest, and not opened yet: with what forgets them. */
  readonly #named = new Map<string, NodeJS.Timeout>();
  readonly #open = new Map<string, ClientSocket>();

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  has(connectionId: string): boolean {
    return this.#named.has(connectionId) || this.#open.has(connectionId);
  }

  /** Throws where there is such a connection: no guest of ours says so. */
  name(connectionId: string): void {
    if (this.has(connectionId)) throw new CofferdamError('PROTOCOL_VIOLATION');
    const timer = setTimeout(() => this.#named.delete(connectionId), OPEN_WITHIN_MS).unref();
    this.#named.set(connectionId, timer);
  }

  open(connectionId: string): void {
    const timer = this.#named.get(connectionId);
    if (!timer) throw missing(connectionId);
    clearTimeout(timer);
    this.#named.delete(connectionId);
    const { connection, runtimeId } = this.#options;
    // As any open socket does, it keeps the process from ending.
    const release = connection.hold();
    const socket = new ClientSocket({
      ...{ channel: connection.channel, runtimeId, connectionId },
      onMessage: (data) => this.#command({ type: 'message', connectionId, data }),
      onClose: ({ code, reason }) => this.#command({ type: 'close', connectionId, code, reason }),
      onOver: () => {
        this.#open.delete(connectionId);
        release();
      },
    });
    this.#open.set(connectionId, socket);
  }

  async message(connectionId: string, data: unknown): Promise<void> {
    const { kind, bytes } = readMessage(data);
    const socket = this.#open.get(connectionId);
    if (!socket) throw missing(connectionId);
    try {
      await socket.send(kind, bytes);
    } catch {
      throw missing(connectionId);
    }
  }

  /** What is over already stays so. */
  async close(connectionId: string, code?: unknown, reason?: unknown): Promise<void> {
    await this.#open.get(connectionId)?.close(readClosing(code, reason));
  }

  async error(connectionId: string, error: unknown): Promise<void> {
    const reason = readFailure(error);
    await this.#open.get(connectionId)?.close({ code: 1006, reason });
  }

  /** Nobody serves them any more: clients and guest are both told. */
  async end(reason: string): Promise<void> {
    for (const timer of this.#named.values()) clearTimeout(timer);
    this.#named.clear();
    const ended = [...this.#open].map(async ([connectionId, socket]) => {
      const closed = socket.close({ code: GOING_AWAY, reason });
      await this.#command({ type: 'close', connectionId, code: GOING_AWAY, reason });
      await closed;
    });
    await Promise.all(ended);
  }

  /** What the handler throws is a warning; a promise is waited for, so that a slow client holds its guest back. */
  async #command(command: WebSocketCommand): Promise<void> {
    const { onCommand } = this.#options.handlers;
    let taken: unknown;
    notify('webSockets.onCommand', () => (taken = onCommand?.(command)));
    if (taken instanceof Promise) await taken.catch(() => {});
  }
}

function missing(connectionId: string): CofferdamError {
  const message = `there is no connection '${String(connectionId).slice(0, 128)}'`;
  return new CofferdamError('NOT_FOUND', message);
}

/** What a server offers of all its connections. */
export function socketMethods(
  find: (connectionId: string) => Sockets | undefined,
): AppServerSockets {
  const of = (connectionId: string): Sockets => {
    const sockets = find(connectionId);
    if (sockets) return sockets;
    throw missing(connectionId);
  };
  return {
    open: async (connectionId) => of(connectionId).open(connectionId),
    message: async (connectionId, data) => await of(connectionId).message(connectionId, data),
    close: async (connectionId, code, reason) =>
      await find(connectionId)?.close(connectionId, code, reason),
    error: async (connectionId, error) => await find(connectionId)?.error(connectionId, error),
  };
}
