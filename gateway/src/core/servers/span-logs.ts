import type { LogLine } from '@cofferdam/protocol';

/** What waits for a trace to go with: a collector is given no more of one request. */
const MAX_LINES = 1_000;
const MAX_CHARS = 64 * 1024;

/** A server's console on its way to telemetry: each line goes with the next request that ends. */
export class SpanLogs {
  #lines: LogLine[] = [];
  #chars = 0;

  add(line: LogLine): void {
    if (this.#lines.length >= MAX_LINES || this.#chars + line.message.length > MAX_CHARS) return;
    this.#lines.push(line);
    this.#chars += line.message.length;
  }

  take(): LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#chars = 0;
    return lines;
  }
}
