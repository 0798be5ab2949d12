import type { ConsoleLevel } from '@cofferdam/protocol';

/** A line of a server's console, or a word of the gateway's on one of its instances. */
export interface ServerLogLine {
  /** Milliseconds since the epoch. */
  time: number;
  /** The number of its instance. */
  instance: number;
  level: ConsoleLevel;
  message: string;
  /** Said by the gateway, not by the script. */
  system?: true;
}

const MAX_LINES = 500;
const MAX_CHARS = 64 * 1024;
/** UTF-16 units of one line. */
const MAX_LINE = 8 * 1024;

/** The last lines of a server, of all its instances: at most 500, and 64 Ki UTF-16 units. */
export class ServerLog {
  readonly #now: () => number;
  #lines: ServerLogLine[] = [];
  #chars = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get lines(): readonly ServerLogLine[] {
    return this.#lines;
  }

  add(line: Omit<ServerLogLine, 'time'>): ServerLogLine {
    const kept = { time: this.#now(), ...line, message: line.message.slice(0, MAX_LINE) };
    this.#lines.push(kept);
    this.#chars += kept.message.length;
    while (this.#lines.length > MAX_LINES || this.#chars > MAX_CHARS) {
      this.#chars -= this.#lines.shift()!.message.length;
    }
    return kept;
  }
}
