import { randomUUID } from 'node:crypto';
import type { ServerSocket } from '@cofferdam/protocol';
import { CofferdamError, type IncomingCall } from '@cofferdam/protocol/base';
import type { TellGuest, Told } from './guest-server.ts';
import { ServedSocket } from './served-socket.ts';

/** Connections of one guest at once, with those that are still to be opened. */
const MAX_SOCKETS = 1_024;
/** How long a client may take to open a connection that the guest has agreed to. */
const OPEN_WITHIN_MS = 30_000;

interface Reserved {
  id: number;
  timer: NodeJS.Timeout;
}

/** The connections of one guest. */
export class ServedSockets {
  readonly #tell: TellGuest;
  readonly #reserved = new Map<string, Reserved>();
  readonly #open = new Map<number, ServedSocket>();
  #over: CofferdamError | undefined;

  constructor(tell: TellGuest) {
    this.#tell = tell;
  }

  /** A name by which the connection can be opened, for a while; `undefined` where there are too many. */
  reserve(id: number): string | undefined {
    if (this.#reserved.size + this.#open.size >= MAX_SOCKETS) return undefined;
    const connectionId = randomUUID();
    const timer = setTimeout(() => this.#forget(connectionId), OPEN_WITHIN_MS).unref();
    this.#reserved.set(connectionId, { id, timer });
    return connectionId;
  }

  /** Lasts as long as the connection. */
  async serve(call: IncomingCall): Promise<object> {
    const { connectionId } = call.payload as ServerSocket;
    if (this.#over) throw this.#over;
    const reserved = this.#reserved.get(connectionId);
    if (!reserved)
      throw new CofferdamError('NOT_FOUND', 'there is no such connection to be opened');
    clearTimeout(reserved.timer);
    this.#reserved.delete(connectionId);
    const { id } = reserved;
    const socket = new ServedSocket(id, call, this.#tell);
    this.#open.set(id, socket);
    try {
      return await socket.run();
    } finally {
      this.#open.delete(id);
    }
  }

  told(kind: unknown, { id, json, bytes }: Told): void {
    const socket = this.#open.get(id);
    if (!socket) return;
    if (kind === 'text') socket.send('text', Buffer.from(String(json)));
    else if (kind === 'binary') socket.send('binary', Buffer.from(bytes ?? new ArrayBuffer(0)));
    else if (kind === 'close') socket.close(json);
  }

  end(why: CofferdamError): void {
    this.#over ??= why;
    for (const { timer } of this.#reserved.values()) clearTimeout(timer);
    this.#reserved.clear();
    for (const socket of this.#open.values()) socket.fail(why);
  }

  #forget(connectionId: string): void {
    const reserved = this.#reserved.get(connectionId);
    if (!reserved) return;
    this.#reserved.delete(connectionId);
    void this.#tell('drop', reserved.id);
  }
}
