import { indented } from './inspect.ts';
import { charCodeAt, min, repeat, slice, utf8Length } from './intrinsics.ts';

/** Indices into the protocol's CONSOLE_LEVELS. */
export const LEVEL = { debug: 0, log: 1, info: 2, warn: 3, error: 4 } as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];

/** A result lists at most so many lines, however short they are. */
const MAX_LINES = 10_000;

export type LineSink = (level: Level, text: string, depth: number) => void;

/** Groups beyond this are indented no further. */
const MAX_INDENT = 20;

function inGroups(text: string, depth: number): string {
  const steps = min(depth, MAX_INDENT);
  let lines = text;
  for (let i = 0; i < steps; i++) lines = indented(lines);
  return repeat('  ', steps) + lines;
}

/** Where console lines leave: up to the run's limit, then one line that says so. */
export class ConsoleOutput {
  readonly #log: (level: number, message: string) => void;
  #maxBytes = 256 * 1024;
  #bytes = 0;
  #lines = 0;
  #cut = false;
  #redirected: LineSink | undefined;

  constructor(log: (level: number, message: string) => void) {
    this.#log = log;
  }

  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Lines go elsewhere from here on, uncounted and without their indentation. */
  redirect(sink: LineSink): void {
    this.#redirected = sink;
  }

  /** One entry of the console, `depth` groups deep. */
  line(level: Level, text: string, depth: number): void {
    if (this.#redirected) this.#redirected(level, text, depth);
    else this.write(level, inGroups(text, depth));
  }

  write(level: Level, message: string): void {
    if (this.#cut) return;
    const room = this.#maxBytes - this.#bytes;
    const bytes = utf8Length(message, room);
    if (bytes > room) {
      if (room > 0) this.#send(level, prefixOf(message, room));
      this.#end(`[output cut at ${this.#maxBytes} bytes]`);
      return;
    }
    this.#bytes += bytes;
    this.#send(level, message);
    if (++this.#lines >= MAX_LINES) this.#end(`[output cut at ${MAX_LINES} lines]`);
  }

  #end(marker: string): void {
    this.#cut = true;
    this.#send(LEVEL.warn, marker);
  }

  #send(level: Level, message: string): void {
    try {
      this.#log(level, message);
    } catch {
      // The host is gone, or the stack is used up: a console line is no reason to fail the run.
    }
  }
}

/** As much of a text as fits into so many bytes of UTF-8. */
function prefixOf(text: string, maxBytes: number): string {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    bytes += code < 0x80 ? 1 : code < 0x800 || isSurrogate ? 2 : 3;
    if (bytes > maxBytes) return slice(text, 0, i);
  }
  return text;
}
