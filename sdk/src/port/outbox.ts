import { BATCH_LENGTH, BATCH_VALUES } from './bounds.ts';

/** Messages on their way out: those of one turn go as one frame, in order. */
export class Outbox {
  readonly #send: (text: string) => void;
  #batch: string[] = [];
  #length = 0;
  #values = 0;
  #isScheduled = false;
  isClosed = false;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  add(message: string, values: number): void {
    if (this.isClosed) return;
    const isOver =
      this.#length + message.length > BATCH_LENGTH || this.#values + values > BATCH_VALUES;
    if (isOver) this.flush();
    this.#batch.push(message);
    this.#length += message.length;
    this.#values += values;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After all microtasks: the answers of what became ready together go together.
    process.nextTick(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    if (this.#batch.length === 0 || this.isClosed) return;
    const text = `[${this.#batch.join(',')}]`;
    this.#batch = [];
    this.#length = 0;
    this.#values = 0;
    this.#send(text);
  }
}
