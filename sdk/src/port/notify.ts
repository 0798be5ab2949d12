/**
 * Calls a listener that nobody waits for: what it throws, or its promise rejects with, becomes a
 * warning of this process and nothing else.
 */
export function notify(what: string, call: () => unknown): void {
  try {
    const result = call();
    if (result instanceof Promise) result.catch((error: unknown) => warn(what, error));
  } catch (error) {
    warn(what, error);
  }
}

/** Listeners that have been warned of: one that always fails says so once in a minute. */
const warned = new Map<string, number>();
const WARN_EVERY_MS = 60_000;
const MAX_WARNED = 1_000;

function warn(what: string, error: unknown): void {
  const now = performance.now();
  const last = warned.get(what);
  if (last !== undefined && now - last < WARN_EVERY_MS) return;
  if (warned.size >= MAX_WARNED) warned.clear();
  warned.set(what, now);
  process.emitWarning(`${what} failed`, { type: 'CofferdamWarning', detail: detailOf(error) });
}

function detailOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } catch {
    return 'something was thrown';
  }
}
