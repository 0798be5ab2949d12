import { CofferdamError, type ControlOutcome, type ControlRun } from '@cofferdam/protocol';
import type { Clock } from '../../schedule/clock.ts';
import type { Attempt, Block } from './gathered.ts';
import { readOutcome } from './outcome.ts';
import { blockOf } from './refusal.ts';
import { resolveRun, type ResolveOptions, type Subject } from './resolve.ts';
import { Slots } from './slots.ts';

/** Runs that are resolved or asked for at once; the gateways, which share them out, take more. */
const PLACES = 64;
/** One tenant's long runs leave places to the others. */
const PLACES_PER_NAMESPACE = 16;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** What is noticed often is not tried more often than this. */
const SOONEST_RETRY_MS = 1_000;

export interface AttemptsOptions extends ResolveOptions {
  run: (run: ControlRun, signal: AbortSignal) => Promise<ControlOutcome>;
  clock: Clock;
  /** The attempt at this run is other than before. Must not throw. */
  onChange: (uid: string) => void;
  /** Told of what nobody could have foreseen; the run is tried again. */
  onError: (error: unknown) => void;
}

/** What a gateway is asked. */
export interface Ask extends Subject {
  /** When it was created; with the uid the unique key of the run. Milliseconds since the epoch. */
  createdAt: number;
  traceparent?: string;
}

interface Known {
  attempt: Attempt;
  abort: AbortController;
  /** Blocks in a row. */
  blocks: number;
  /** When it was blocked first. */
  blockedSince?: number;
  /** When it was looked at last. */
  lookedAt: number;
}

/** What the operator does about runs at the moment. Nothing of it survives the process, and need not. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #slots = new Slots({ total: PLACES, perNamespace: PLACES_PER_NAMESPACE });
  readonly #known = new Map<string, Known>();
  #closed = false;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  get(uid: string): Attempt | undefined {
    return this.#known.get(uid)?.attempt;
  }

  /** Resolves the run and asks a gateway for it, once more if it was blocked. */
  begin(ask: Ask): void {
    const { clock } = this.#options;
    const before = this.#known.get(ask.uid);
    if (this.#closed || (before && before.attempt.state !== 'blocked')) return;
    const known: Known = {
      blocks: 0,
      ...before,
      attempt: { state: 'queued', since: clock.now() },
      abort: new AbortController(),
      lookedAt: clock.now(),
    };
    this.#known.set(ask.uid, known);
    const { signal } = known.abort;
    this.#slots.enter(ask.namespace, () => void this.#try(ask, known), signal);
    this.#options.onChange(ask.uid);
  }

  /** Cancels the run if it is under way, and forgets it. */
  forget(uid: string): void {
    const known = this.#known.get(uid);
    this.#known.delete(uid);
    known?.abort.abort();
  }

  /** Something that blocked runs may wait for has changed. */
  notice(): void {
    for (const [uid, known] of this.#known) {
      const { attempt } = known;
      if (attempt.state !== 'blocked') continue;
      const soonest = Math.max(this.#options.clock.now(), known.lookedAt + SOONEST_RETRY_MS);
      known.attempt = { ...attempt, retryAt: Math.min(attempt.retryAt, soonest) };
      this.#options.onChange(uid);
    }
  }

  /** Begins nothing more. Runs under way go on at the gateway, where the next operator asks for them. */
  close(): void {
    this.#closed = true;
  }

  async #try(ask: Ask, known: Known): Promise<void> {
    try {
      const attempt = this.#closed ? known.attempt : await this.#attempt(ask, known);
      if (known.abort.signal.aborted || this.#closed) return;
      known.attempt = attempt;
      this.#options.onChange(ask.uid);
    } finally {
      this.#slots.leave(ask.namespace);
    }
  }

  /** Never rejects: what went wrong is the attempt. */
  async #attempt(ask: Ask, known: Known): Promise<Attempt> {
    const { clock, run, onError } = this.#options;
    const { signal } = known.abort;
    try {
      const resolved = await resolveRun(ask, this.#options);
      if ('block' in resolved) return this.#blocked(known, resolved.block);
      signal.throwIfAborted();
      known.attempt = { state: 'running', since: clock.now() };
      this.#options.onChange(ask.uid);
      const outcome = readOutcome(
        await run(
          {
            script: resolved.script,
            trigger: 'manual',
            scheduledAt: ask.createdAt,
            ...(ask.traceparent === undefined ? {} : { traceparent: ask.traceparent }),
          },
          signal,
        ),
      );
      return { state: 'ended', outcome };
    } catch (error) {
      if (!(error instanceof CofferdamError)) onError(error);
      return this.#blocked(known, blockOf(error));
    }
  }

  #blocked(known: Known, block: Block): Attempt {
    const now = this.#options.clock.now();
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(known.blocks, 10));
    known.blocks += 1;
    known.blockedSince ??= now;
    known.lookedAt = now;
    return { state: 'blocked', block, since: known.blockedSince, retryAt: now + wait };
  }
}
