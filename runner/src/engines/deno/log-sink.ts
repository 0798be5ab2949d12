import { CONSOLE_LEVELS, type LogLine } from '@cofferdam/protocol';

/** Lines of one run beside its marker; a result's schema takes no more. */
export const MAX_LOG_LINES = 10_000;

/** The console of one run, as the runner believes it: in order, and counted here once more. */
export class LogSink {
  readonly lines: LogLine[] = [];
  bytes = 0;
  isCut = false;
  readonly #maxBytes: number;
  readonly #onLine: ((line: LogLine) => void) | undefined;

  constructor(maxBytes: number, onLine: ((line: LogLine) => void) | undefined) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  /** Takes what the process sent as a line, `level` being an index; what is none is dropped. */
  take(sent: unknown): void {
    const { level: index, message } = Object(sent) as Record<string, unknown>;
    // Whatever else names a member of a list, `length` or `map`, is no index.
    const level = typeof index === 'number' ? CONSOLE_LEVELS[index] : undefined;
    if (this.isCut || typeof message !== 'string' || level === undefined) return;
    const bytes = Buffer.byteLength(message);
    const isFull = this.bytes + bytes > this.#maxBytes || this.lines.length >= MAX_LOG_LINES;
    // The console inside cuts first, with its marker, which is beyond the limit.
    if (isFull) return this.#cut(isMarker(message) ? message : this.#marker());
    this.bytes += bytes;
    this.#add({ level, message, time: Date.now() });
  }

  #cut(message: string): void {
    this.isCut = true;
    this.#add({ level: 'warn', message, time: Date.now() });
  }

  #marker(): string {
    return `[output cut at ${this.#maxBytes} bytes]`;
  }

  #add(line: LogLine): void {
    this.lines.push(line);
    this.#onLine?.(line);
  }
}

function isMarker(message: string): boolean {
  return /^\[output cut at \d{1,9} (bytes|lines)\]$/.test(message);
}
