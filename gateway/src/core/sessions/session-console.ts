import { setTimeout as sleep } from 'node:timers/promises';
import { encodePortFrame, type LogLine, type OutgoingCall } from '@cofferdam/protocol';
import { WorkerPace } from '../runtimes/worker-pace.ts';
import { InstancePort } from '../servers/instance-port.ts';

/** What of an eval's console is kept: the rest is dropped, and said to be. */
const MAX_LINES = 10_000;
const MAX_CHARS = 1024 * 1024;
/** Messages in a second that a guest may send: each costs this process work. */
const PORT_RATE = 5_000;
/** What was said before an answer comes a little after it, or never. */
const PORT_MS = 5_000;
/** Of what a guest asks that has kept functions of an embedder's. */
const NOBODY = { name: 'Error', message: 'nobody answers calls here', code: 'SESSION_DETACHED' };

/** What a guest says on its port while a caller over HTTP has its session. */
export class SessionConsole {
  readonly lines: LogLine[] = [];
  /** Lines are missing. */
  isCut = false;
  /** Settles when nothing comes any more; rejects for what no guest's end would send. */
  readonly ended: Promise<void>;
  readonly #now: () => number;
  readonly #port: InstancePort;
  readonly #pace = new WorkerPace(PORT_RATE);
  #chars = 0;

  constructor(call: OutgoingCall, now: () => number) {
    this.#now = now;
    this.#port = new InstancePort(
      (level, message) => this.#take({ level, message, time: this.#now() }),
      (id) => this.#refuse(call, id),
    );
    this.ended = this.#listen(call);
    this.ended.catch(() => {});
  }

  /** Settles when what the guest had sent by then has come, so many bytes, or comes no more. */
  async reached(bytes: number): Promise<void> {
    const late = sleep(PORT_MS, undefined, { ref: false });
    await Promise.race([this.#port.reached(bytes), this.ended, late]);
  }

  async #listen({ data }: OutgoingCall): Promise<void> {
    const over = new AbortController();
    for await (const chunk of data) {
      this.#port.receive(chunk);
      // eslint-disable-next-line no-await-in-loop -- a guest that floods is read no faster
      await this.#pace.room(over.signal);
    }
  }

  #take(line: LogLine): void {
    this.#pace.note();
    this.#chars += line.message.length;
    this.isCut ||= this.lines.length >= MAX_LINES || this.#chars > MAX_CHARS;
    if (!this.isCut) this.lines.push(line);
  }

  #refuse(call: OutgoingCall, id: unknown): void {
    this.#pace.note();
    if (!Number.isSafeInteger(id)) return;
    const answer = encodePortFrame(JSON.stringify([['err', id, { $e: NOBODY }]]));
    void call.write(answer).catch(() => {});
  }
}
