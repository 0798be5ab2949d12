/** What happened, as a guest is told: `value` is JSON text. */
interface QueuedEvent {
  n: number;
  object: string;
  event: string;
  json: string | undefined;
}

/** How long a question waits for an event, so that a lost one does not wait for ever. */
const WAIT_MS = 25_000;
const MAX_AT_ONCE = 100;
/** One answer's worth: with it stays below what an answer may have. */
const MAX_CHARACTERS = 512 * 1024;
const ENVELOPE = 256;
/** Of all that wait: they are in memory until the guest takes them. */
const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024;

/** Events that wait until the guest asks for them. */
export class EventQueue {
  readonly #most: number;
  #waiting: QueuedEvent[] = [];
  #characters = 0;
  #number = 0;
  #lost = 0;
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(most: number) {
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#most || this.#characters > MAX_WAITING_CHARACTERS;
  }

  /** The number of the newest event, which a guest is told with each answer; 0 where none is kept any more. */
  get last(): number {
    return this.#isClosed ? 0 : this.#number;
  }

  /** Answers whether it was kept. What is too large by itself is told without its value. */
  push(object: string, event: string, json?: string): boolean {
    if (this.#isClosed) return false;
    if (this.isFull) {
      this.#lost++;
      return false;
    }
    const kept = json !== undefined && json.length > MAX_CHARACTERS ? undefined : json;
    this.#waiting.push({ n: ++this.#number, object, event, json: kept });
    this.#characters += kept?.length ?? 0;
    this.#wake?.();
    return true;
  }

  /** JSON text of the events after number `after`, once there are any or time is up. */
  async take(after: number, signal: AbortSignal): Promise<string> {
    this.#waiting = this.#waiting.filter(({ n }) => n > after);
    this.#characters = this.#waiting.reduce((sum, { json }) => sum + (json?.length ?? 0), 0);
    this.#tellLost();
    // Only one waits: who asks again has given the first question up.
    this.#wake?.();
    if (this.#waiting.length === 0 && !this.#isClosed) await this.#wait(signal);
    return this.#text();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#wake?.();
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    const lost = this.#lost;
    // The one that says so may be one more than there may be.
    this.#waiting.push({
      n: ++this.#number,
      object: 'browser',
      event: '$lost',
      json: String(lost),
    });
    this.#lost = 0;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, WAIT_MS);
    timer.unref();
    signal.addEventListener('abort', () => resolve(), { once: true });
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    if (this.#wake === resolve) this.#wake = undefined;
  }

  #text(): string {
    const texts: string[] = [];
    let size = 0;
    for (const { n, object, event, json } of this.#waiting.slice(0, MAX_AT_ONCE)) {
      size += (json?.length ?? 0) + ENVELOPE;
      if (size > MAX_CHARACTERS && texts.length > 0) break;
      const head = JSON.stringify({ n, object, event }).slice(0, -1);
      texts.push(json === undefined ? `${head}}` : `${head},"value":${json}}`);
    }
    return `[${texts.join(',')}]`;
  }
}
