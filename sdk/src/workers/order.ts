/** What a worker is given, in order: code begins before what comes after it is handed on. */
export class Order {
  readonly #waiting: (() => void)[] = [];
  #isHeld = false;

  /** Hands on at once, or as soon as what came before has been. */
  pass(hand: () => void): void {
    if (this.#isHeld) this.#waiting.push(hand);
    else hand();
  }

  /** Hands on something that what comes after it waits for, until `done` is called. */
  hold(hand: (done: () => void) => void): void {
    this.pass(() => {
      this.#isHeld = true;
      hand(() => this.#go());
    });
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  #go(): void {
    this.#isHeld = false;
    while (!this.#isHeld && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}
