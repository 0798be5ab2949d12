import { ConsoleOutput, LEVEL, type Level } from '../../../guest/output.ts';
import { ByteSink } from './byte-sink.ts';
import { cutToJson } from './json-room.ts';
import { LineLog } from './line-log.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export const STDIN = 0;
const STDOUT = 1;
export const STDERR = 2;

/** So many bytes beyond the limit the console has been cut for certain: 10,000 newlines, two lines. */
const LOG_SLACK_BYTES = 64 * 1024;

export interface StdioOptions {
  stdin: string;
  /** What stdout and stderr may hold together, in bytes; as JSON text too. */
  maxBytes: number;
  log(level: number, message: string): void;
}

interface Stream {
  captured: ByteSink;
  lines: LineLog;
  cut: boolean;
}

/** Standard input, output and error of one program: the only file descriptors there are. */
export class Stdio {
  readonly #stdin: Uint8Array;
  readonly #maxBytes: number;
  readonly #console: ConsoleOutput;
  readonly #streams: Record<number, Stream>;
  #read = 0;
  #written = 0;

  constructor({ stdin, maxBytes, log }: StdioOptions) {
    this.#stdin = encodeUtf8(stdin);
    this.#maxBytes = maxBytes;
    this.#console = new ConsoleOutput(log);
    this.#console.limit(maxBytes);
    this.#streams = { [STDOUT]: this.#stream(LEVEL.log), [STDERR]: this.#stream(LEVEL.error) };
  }

  isOutput(fd: number): boolean {
    return fd === STDOUT || fd === STDERR;
  }

  /** What is left to read. */
  get available(): number {
    return this.#stdin.length - this.#read;
  }

  /** Fills `target` as far as there is something; answers how many bytes. */
  read(target: Uint8Array): number {
    const piece = this.#stdin.subarray(this.#read, this.#read + target.length);
    target.set(piece);
    this.#read += piece.length;
    return piece.length;
  }

  /** Takes everything and keeps what there is room for. */
  write(fd: number, bytes: Uint8Array): void {
    const stream = this.#streams[fd]!;
    const room = Math.max(0, this.#maxBytes - this.#written);
    stream.captured.append(bytes.subarray(0, room));
    if (bytes.length > room) stream.cut = true;
    const logRoom = this.#maxBytes + LOG_SLACK_BYTES - this.#written;
    if (logRoom > 0) stream.lines.append(bytes.subarray(0, logRoom));
    this.#written += bytes.length;
  }

  /** Sends what no newline ended. */
  end(): void {
    for (const { lines } of Object.values(this.#streams)) lines.end();
  }

  /** What was written, with a marker where it was cut. */
  captured(): { stdout: string; stderr: string } {
    const stdout = this.#text(STDOUT, this.#maxBytes);
    const stderr = this.#text(STDERR, this.#maxBytes - stdout.bytes);
    return { stdout: stdout.text, stderr: stderr.text };
  }

  #stream(level: Level): Stream {
    const lines = new LineLog((text) => this.#console.write(level, text));
    return { captured: new ByteSink(), lines, cut: false };
  }

  #text(fd: number, room: number): { text: string; bytes: number } {
    const { captured, cut } = this.#streams[fd]!;
    const whole = decodeUtf8(captured.bytes);
    const { text, bytes } = cutToJson(whole, room);
    const isWhole = !cut && text.length === whole.length;
    return { text: isWhole ? text : `${text}\n[output cut at ${this.#maxBytes} bytes]`, bytes };
  }
}
