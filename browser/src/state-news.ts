import type { Frame } from 'playwright-core';
import type { SessionCore } from './core.ts';
import { frameState, pageState } from './states.ts';

const MAX_CHARACTERS = 512 * 1024;

/** What the guest does not know yet of pages and frames whose handles it has. */
export class StateNews {
  readonly #core: SessionCore;
  #told = new Map<string, string>();

  constructor(core: SessionCore) {
    this.#core = core;
  }

  /** JSON text of what has changed since the last time, by id; undefined where nothing has. */
  take(): string | undefined {
    const told = new Map<string, string>();
    const news: string[] = [];
    let size = 0;
    const tell = (id: string, state: object) => {
      const text = JSON.stringify(state);
      size += this.#told.get(id) === text ? 0 : text.length;
      // The rest comes with another answer.
      if (size > MAX_CHARACTERS) return;
      told.set(id, text);
      if (this.#told.get(id) !== text) news.push(`${JSON.stringify(id)}:${text}`);
    };
    for (const { id, page } of this.#core.tracked.pages) tell(id, pageState(page));
    for (const { id, target } of this.#core.handles.frames()) tell(id, frameState(target as Frame));
    for (const id of this.#told.keys()) {
      if (!told.has(id)) news.push(`${JSON.stringify(id)}:${GONE}`);
    }
    this.#told = told;
    return news.length === 0 ? undefined : `{${news.join(',')}}`;
  }
}

const GONE = JSON.stringify({ isClosed: true, isDetached: true });
