/** What one session may have at once. Beyond, the guest gets a `BrowserLimitError`. */
export interface BrowserLimits {
  contexts: number;
  /** Also those that open by themselves: beyond it they are closed. */
  pages: number;
  /** Calls under way. */
  calls: number;
  /** Events that nobody has taken; beyond, the newest are dropped. */
  events: number;
  /** Handles of what comes and goes: requests, responses, frames. The oldest is let go for a new one. */
  transientHandles: number;
  /** Handles of objects in pages, which live until they are disposed of. */
  objectHandles: number;
  /** Chrome DevTools sessions. */
  cdpSessions: number;
  /** Scripts that contexts and pages begin with, and routes. */
  scripts: number;
  /** Downloads under way, or done and not deleted. Further ones are cancelled. */
  downloads: number;
  /** Bytes of one download, which is cancelled beyond. */
  downloadBytes: number;
  /** Milliseconds that a dialog, or a request that was routed, waits for the guest. */
  answerMs: number;
  /** Milliseconds that Playwright may take to close something. */
  closeMs: number;
}

export const DEFAULT_LIMITS: BrowserLimits = {
  contexts: 16,
  pages: 64,
  calls: 256,
  events: 1_000,
  transientHandles: 10_000,
  objectHandles: 1_000,
  cdpSessions: 64,
  scripts: 256,
  downloads: 16,
  downloadBytes: 64 * 1024 * 1024,
  answerMs: 30_000,
  closeMs: 10_000,
};
