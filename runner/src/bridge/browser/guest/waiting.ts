import { core, primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';
import { failureOf, timeoutError } from './failure.ts';
import { listen, unlisten } from './listeners.ts';
import { stateOf } from './remote.ts';

const { apply, Error, Promise, promiseThen } = primordials;
const timers = core.use<{
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(id: number): void;
}>('timers');

const DEFAULT_MS = 30_000;

export interface WaitOptions {
  predicate?: unknown;
  timeout?: unknown;
}

export interface Wait {
  event: string;
  /** What is waited for, as an error tells it. */
  title: string;
  predicate: Function | undefined;
  timeout: number;
  /** Whether there is nothing to wait for: asked once, when it is listened already. */
  check?: () => Promise<boolean>;
}

/** Milliseconds: the option's, or else what the page or its context was told; 0 is for ever. */
export function timeoutOf(remote: object, given: unknown): number {
  if (given !== undefined) return +(given as number);
  const { timeout, fields, kind } = stateOf(remote);
  if (timeout !== undefined) return timeout;
  if (kind !== 'Page' || !fields.context) return DEFAULT_MS;
  return stateOf(fields.context).timeout ?? DEFAULT_MS;
}

/** Waits for an event that fits. The promise is the guest's. */
export function waitFor(remote: object, wait: Wait): Promise<any> {
  const { event, title, predicate, timeout, check } = record(wait);
  const place = new Error('');
  const fits = predicate && core.carry(predicate);
  return new Promise((resolve, reject) => {
    let isOver = false;
    // No timer has this number.
    let timer = 0;
    const end = (settle: (value: unknown) => void, value: unknown): void => {
      if (isOver) return;
      isOver = true;
      timers.clearTimeout(timer);
      unlisten(remote, event, onEvent);
      unlisten(remote, '$closed', onClosed);
      settle(value);
    };
    const onEvent = (value: unknown): void => {
      if (!fits) return end(resolve, value);
      judge(
        fits,
        value,
        (isFit) => isFit && end(resolve, value),
        (error) => end(reject, error),
      );
    };
    const onClosed = (): void => {
      const message = `It was closed while it was waited for ${title}`;
      end(reject, failureOf('BrowserClosedError', message, place));
    };
    listen(remote, event, onEvent);
    if (event !== 'close') listen(remote, '$closed', onClosed);
    if (check) {
      promiseThen(
        hardened(check()),
        (isDone) => isDone && end(resolve, undefined),
        (error) => end(reject, error),
      );
    }
    if (timeout <= 0) return;
    timer = timers.setTimeout(() => {
      const message = `Timeout ${timeout}ms exceeded while waiting for ${title}`;
      end(reject, timeoutError(message, place));
    }, timeout);
  });
}

/** Asks a guest's predicate, at once where it answers at once. */
function judge(
  predicate: Function,
  value: unknown,
  onVerdict: (isFit: boolean) => void,
  onError: (error: unknown) => void,
): void {
  let verdict: unknown;
  try {
    verdict = apply(predicate, undefined, [value]);
  } catch (error) {
    return onError(error);
  }
  if (typeof verdict !== 'object' || verdict === null) return onVerdict(!!verdict);
  const promise = hardened(new Promise<unknown>((resolve) => resolve(verdict)));
  promiseThen(promise, (answer) => onVerdict(!!answer), onError);
}

/** What a guest gives where Playwright takes options or a predicate. */
export function readWait(given: unknown): WaitOptions {
  if (typeof given === 'function') return record({ predicate: given });
  return given === undefined || given === null ? record({}) : (given as WaitOptions);
}
