import { core, primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';

const { apply, dateNow, defineProperty, Error, max, Promise, promiseThen, realm } = primordials;

interface Timers {
  /** Calls back once after so many milliseconds; answers what forgets that. */
  after(run: () => void, ms: number): () => void;
}

const timers = core.use<Timers>('timers');
const ownConstructor = record({ value: Promise });

/** A promise of the platform's that `await` takes as it is, whatever a guest made of prototypes. */
export function own<T>(promise: Promise<T>): Promise<T> {
  return defineProperty(promise, 'constructor', ownConstructor);
}

export interface Limit {
  /** Milliseconds; 0 for none. */
  ms: number;
  /** What did not end in time. */
  what: string;
}

/** How a call of a guest's function ended. */
export interface Attempt {
  failed: boolean;
  /** What it answered, or threw. */
  value: unknown;
}

/** Calls a guest's function and waits for what it answers, as long as it may take. Never rejects. */
export function attempt(run: Function, args: readonly unknown[], limit: Limit): Promise<Attempt> {
  return own(call(run, args, limit));
}

async function call(run: Function, args: readonly unknown[], limit: Limit): Promise<Attempt> {
  const began = dateNow();
  try {
    const answer: unknown = apply(run, realm, args);
    // Most tests are synchronous: they cost no timer.
    if (isThenable(answer)) return await own(settled(answer, limit));
    const isLate = limit.ms > 0 && since(began) >= limit.ms;
    return isLate ? late(limit) : record({ failed: false, value: answer });
  } catch (error) {
    return record({ failed: true, value: error });
  }
}

/** Reads `then` as `await` would: its getter may throw. */
export function isThenable(value: unknown): value is object {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

function settled(answer: object, limit: Limit): Promise<Attempt> {
  return new Promise<Attempt>((resolve) => {
    const forget = limit.ms > 0 ? timers.after(() => resolve(late(limit)), limit.ms) : undefined;
    const end = (failed: boolean) => (value: unknown) => {
      forget?.();
      resolve(record({ failed, value }));
    };
    promiseThen(hardened(followed(answer)), end(false) as never, end(true));
  });
}

/** A promise of our own, which follows the guest's as the language does: that one is not ours to harden. */
async function followed(answer: object): Promise<unknown> {
  return await (answer as Promise<unknown>);
}

function late({ ms, what }: Limit): Attempt {
  return record({ failed: true, value: new Error(`${what} did not end within its ${ms} ms`) });
}

/** Milliseconds; a clock that was set back makes no negative ones. */
export function since(began: number): number {
  return max(0, dateNow() - began);
}

/** Lets everything else have its turn. */
export function turn(): Promise<void> {
  return own(new Promise<void>((resolve) => void timers.after(resolve, 0)));
}

/** What becomes of it is nobody's business: it is no rejection that nobody handles either. */
export function ignore(answer: object): void {
  promiseThen(hardened(followed(answer)), undefined as never, () => {});
}
