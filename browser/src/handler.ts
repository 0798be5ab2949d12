import type { BrowserEvent, CollectedData } from './collected.ts';
import { Collector } from './collector.ts';
import type { BrowserHandler } from './types.ts';
import type { BrowserSessionOptions } from './options.ts';
import { BrowserSession } from './session.ts';

/** A browser's session with what happened in it. */
export interface SessionHandler {
  handler: BrowserHandler;
  getCollectedData(): CollectedData;
  getTrackedResources(): { contexts: string[]; pages: string[] };
  clearCollectedData(): void;
  onEvent(callback: (event: BrowserEvent) => void): () => void;
  close(): Promise<void>;
}

/** Makes a session that collects what happens in its pages. */
export function createSessionHandler(options: BrowserSessionOptions): SessionHandler {
  const collector = new Collector();
  if (options.onEvent) collector.listen(options.onEvent.bind(options));
  const session = new BrowserSession({ ...options, onEvent: (event) => collector.add(event) });
  return {
    handler: async ({ data, ...call }, { signal }) => {
      const { answer, bytes } = await session.call(call, data, signal);
      return { ...answer, ...(bytes && { data: bytes }) };
    },
    getCollectedData: () => collector.data,
    getTrackedResources: () => session.getTrackedResources(),
    clearCollectedData: () => collector.clear(),
    onEvent: (callback) => collector.listen(callback),
    close: () => session.close(),
  };
}
