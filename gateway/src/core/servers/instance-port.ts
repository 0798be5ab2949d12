import {
  CofferdamError,
  CONSOLE_LEVELS,
  parseJson,
  PortFrameDecoder,
  type ConsoleLevel,
} from '@cofferdam/protocol';

const MAX_FRAME_DEPTH = 64;
/** Groups of a console that are shown as spaces before a line. */
const MAX_MARGIN = 16;
/** What a guest's end of ours may also say, and a server's host has no use for: it has no functions to call. */
const UNHEARD = new Set<unknown>(['post', 'drop', 'gone', 'abort', 'ok', 'err']);

/** What a guest posts when it calls `serve`. */
const SERVING = 'server';

/** Reads a server's instance's port: its console, and whether it serves. Whoever is at the other end may be hostile. */
export class InstancePort {
  readonly #onLine: (level: ConsoleLevel, message: string) => void;
  readonly #onCall: ((id: unknown) => void) | undefined;
  readonly #decoder = new PortFrameDecoder();
  /** Whether the guest has called `serve`. */
  isServing = false;
  #bytes = 0;
  #awaited: { bytes: number; resolve: () => void }[] = [];

  /** `onCall`: told of what a guest asks that had functions of somebody else's. Default: no guest does. */
  constructor(
    onLine: (level: ConsoleLevel, message: string) => void,
    onCall?: (id: unknown) => void,
  ) {
    this.#onLine = onLine;
    this.#onCall = onCall;
  }

  /** Throws `PROTOCOL_VIOLATION` for what no guest's end would send. */
  receive(chunk: Buffer): void {
    for (const text of this.#decoder.push(chunk)) {
      const messages = parseJson(text, { maxDepth: MAX_FRAME_DEPTH });
      if (!Array.isArray(messages)) throw violation('a frame is a list');
      for (const message of messages as unknown[]) this.#take(message);
    }
    this.#bytes += chunk.byteLength;
    const reached = this.#awaited.filter(({ bytes }) => bytes <= this.#bytes);
    this.#awaited = this.#awaited.filter(({ bytes }) => bytes > this.#bytes);
    for (const { resolve } of reached) resolve();
  }

  /** Resolves when so many bytes have come. */
  reached(bytes: number): Promise<void> {
    if (bytes <= this.#bytes) return Promise.resolve();
    return new Promise((resolve) => this.#awaited.push({ bytes, resolve }));
  }

  #take(message: unknown): void {
    if (!Array.isArray(message)) throw violation('a message is a list');
    const [kind, first, ...rest] = message as unknown[];
    if (kind === 'log') return this.#takeLine(first, rest);
    if (this.#onCall && (kind === 'call' || kind === 'iter')) return this.#onCall(first);
    if (!UNHEARD.has(kind)) throw violation('a message of no known kind');
    if (kind === 'post' && first === SERVING) this.isServing = true;
  }

  #takeLine(level: unknown, [text, depth]: readonly unknown[]): void {
    if (!isLevel(level) || typeof text !== 'string') throw violation('a line of the console');
    const steps = Number.isSafeInteger(depth)
      ? Math.min(MAX_MARGIN, Math.max(0, Number(depth)))
      : 0;
    this.#onLine(level, '  '.repeat(steps) + text);
  }
}

function isLevel(level: unknown): level is ConsoleLevel {
  return (CONSOLE_LEVELS as readonly unknown[]).includes(level);
}

function violation(what: string): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', `the port of a server: ${what}`);
}
