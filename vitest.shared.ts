import { join } from 'node:path';

/** Vitest's own is a second, in which a busy machine may not have got round to a process at all. */
export const POLL_TIMEOUT_MS = 10_000;

/** What every configuration has: whoever waits for an event waits long enough. */
export const patient = {
  expect: { poll: { timeout: POLL_TIMEOUT_MS } },
  setupFiles: [join(import.meta.dirname, 'vitest.setup.ts')],
};
