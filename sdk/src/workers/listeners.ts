import { notify } from '../port/notify.ts';

type Listener = (data: unknown) => void;

/** Handlers by event: each once, in the order in which they came. */
export class Listeners {
  readonly #what: string;
  readonly #byEvent = new Map<string, Set<Listener>>();

  constructor(what: string) {
    this.#what = what;
  }

  add(event: string, listener: Listener): void {
    const listeners = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, listeners.add(listener));
  }

  remove(event: string, listener: Listener): void {
    const listeners = this.#byEvent.get(event);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#byEvent.delete(event);
  }

  has(event: string): boolean {
    return this.#byEvent.has(event);
  }

  /** What a listener throws is a warning of this process, and stops no other. */
  tell(event: string, data: unknown): void {
    for (const listener of [...(this.#byEvent.get(event) ?? [])]) {
      notify(`${this.#what} '${event}'`, () => listener(data));
    }
  }
}
