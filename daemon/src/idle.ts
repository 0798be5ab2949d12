/** Calls `onIdle` once nobody has been here for a while. */
export class IdleTimer {
  readonly #ms: number;
  readonly #onIdle: () => void;
  #present = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** Milliseconds; 0: never. */
  constructor(ms: number, onIdle: () => void) {
    this.#ms = ms;
    this.#onIdle = onIdle;
  }

  /** From here on it counts that nobody is here. */
  start(): void {
    if (this.#present === 0) this.#wait();
  }

  enter(): void {
    this.#present++;
    clearTimeout(this.#timer);
  }

  leave(): void {
    this.#present--;
    if (this.#present === 0) this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#ms > 0 && !this.#stopped) this.#timer = setTimeout(this.#onIdle, this.#ms);
  }
}
