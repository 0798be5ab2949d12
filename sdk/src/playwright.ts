import { createSessionHandler } from '@cofferdam/browser';
import { noteSessionHandler } from './bindings/browser/session-handlers.ts';
import type {
  BrowserFactories,
  PlaywrightCollectedData,
  PlaywrightEvent,
  PlaywrightHandler,
} from './bindings/browser/types.ts';
import { readSessionHandlerOptions } from './bindings/browser/session-handler-options.ts';

export type {
  BrowserFactories,
  BrowserProfiles,
  PlaywrightCollectedData,
  PlaywrightEvent,
  PlaywrightFileData,
  PlaywrightHandler,
} from './bindings/browser/types.ts';

/** What `createPlaywrightSessionHandler` is told. */
export interface CreatePlaywrightSessionHandlerOptions extends BrowserFactories {
  /** Milliseconds that an operation of a page may take that says nothing else, 1 to 600,000. Default: Playwright's 30,000. */
  timeout?: number;
  /**
   * Decided of a response or request, elsewhere, whether a guest waits for it. Predicates of a guest's are
   * called in the guest here, and this is never called; it may be given as it was.
   */
  evaluatePredicate?(predicateId: number, data: unknown): boolean;
}

/** A browser's contexts and pages that outlive the runtimes which use them. */
export interface PlaywrightSessionHandler {
  /** For `bindings.browser.handler`, of one guest at a time. */
  handler: PlaywrightHandler;
  /** What pages wrote, threw and asked of the network. */
  getCollectedData(): PlaywrightCollectedData;
  /** The ids of the contexts and pages that are open. */
  getTrackedResources(): { contexts: string[]; pages: string[] };
  clearCollectedData(): void;
  /** Best effort: what it throws becomes a warning, a promise that it returns is not waited for. Answers what ends it. */
  onEvent(callback: (event: PlaywrightEvent) => void): () => void;
  /** Closes all contexts. The browser is its owner's. */
  close(): Promise<void>;
}

/**
 * Makes a handler for `bindings.browser.handler`, over contexts and pages that the given functions make.
 * They stay open until the guest closes them, or `close()`. Throws `INVALID_INPUT` for options that are wrong.
 */
export function createPlaywrightSessionHandler(
  options: CreatePlaywrightSessionHandlerOptions = {},
): PlaywrightSessionHandler {
  const given = readSessionHandlerOptions(options);
  const { handler, ...session } = createSessionHandler(given);
  const answer: PlaywrightHandler = (call, context) => handler(call, context);
  noteSessionHandler(answer, session.onEvent);
  return { handler: answer, ...session };
}
