import type { BrowserEvent, CollectedData } from './collected.ts';

/** Of each kind the last so many are kept. */
const MOST = 1_000;

/** Keeps what has happened, the last of it. */
export class Collector {
  readonly #listeners = new Set<(event: BrowserEvent) => void>();
  #data = empty();

  get data(): CollectedData {
    return Object.fromEntries(
      Object.entries(this.#data).map(([name, list]) => [name, [...(list as unknown[])]]),
    ) as unknown as CollectedData;
  }

  clear(): void {
    this.#data = empty();
  }

  add(event: BrowserEvent): void {
    const list = this.#listOf(event);
    const { type: _, ...entry } = event;
    list.push(entry as never);
    if (list.length > MOST) list.shift();
    for (const listener of this.#listeners) notify(listener, event);
  }

  listen(listener: (event: BrowserEvent) => void): () => void {
    // A function of its own: one that is given twice is told twice.
    const own = (event: BrowserEvent) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #listOf({ type }: BrowserEvent): unknown[] {
    switch (type) {
      case 'browserConsoleLog':
        return this.#data.browserConsoleLogs;
      case 'pageError':
        return this.#data.pageErrors;
      case 'networkRequest':
        return this.#data.networkRequests;
      case 'networkResponse':
        return this.#data.networkResponses;
      case 'requestFailure':
        return this.#data.requestFailures;
    }
  }
}

/** Best effort: what a listener throws is a warning, and nobody waits for a promise of it. */
function notify(listener: (event: BrowserEvent) => unknown, event: BrowserEvent): void {
  const warn = (error: unknown) =>
    process.emitWarning(error instanceof Error ? error : String(error));
  try {
    Promise.resolve(listener(event)).catch(warn);
  } catch (error) {
    warn(error);
  }
}

function empty(): CollectedData {
  return {
    browserConsoleLogs: [],
    pageErrors: [],
    networkRequests: [],
    networkResponses: [],
    requestFailures: [],
  };
}
