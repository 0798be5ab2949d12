import { PassThrough } from 'node:stream';

/** Proxies end a connection that says nothing for a minute or less. */
export const HEARTBEAT_MS = 15_000;

/** An answer of server-sent events. `data` is JSON text, which has no line breaks. */
export class EventStream {
  readonly body = new PassThrough();
  /** Settles when there is something to send. */
  readonly opened: Promise<void>;
  readonly #open: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #isOpen = false;

  constructor(heartbeatMs: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.opened = promise;
    this.#open = resolve;
    this.#heartbeat = setInterval(() => this.#write(': still running\n\n'), heartbeatMs);
    this.body.on('close', () => clearInterval(this.#heartbeat));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(event: 'log' | 'result' | 'error', data: string): void {
    this.#write(`event: ${event}\ndata: ${data}\n\n`);
  }

  end(): void {
    clearInterval(this.#heartbeat);
    if (!this.body.destroyed) this.body.end();
  }

  /** What is kept for a slow client is bounded by the run's output limit. */
  #write(text: string): void {
    if (this.body.destroyed || this.body.writableEnded) return;
    this.body.write(text);
    this.#isOpen = true;
    this.#open();
  }
}

const EVENT_STREAM = 'text/event-stream';

export function wantsEvents(accept: string | undefined): boolean {
  return accept !== undefined && accept.toLowerCase().includes(EVENT_STREAM);
}

export const EVENT_HEADERS = {
  'content-type': EVENT_STREAM,
  'cache-control': 'no-store',
  // nginx buffers answers unless told so.
  'x-accel-buffering': 'no',
};
