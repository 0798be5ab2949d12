import { CofferdamError } from '@cofferdam/protocol';
import { LRUCache } from 'lru-cache';
import type { Log } from '../../log.ts';
import { describeAction, type Action, type Caller, type CallerSource } from '../caller.ts';
import { hashOf } from '../token-hash.ts';
import { FailedReviews } from './failed-reviews.ts';
import type { Identity } from './identity.ts';
import { InFlight } from './in-flight.ts';
import type { ReviewApi } from './review-api.ts';
import { AT_ONCE } from './reviews-at-once.ts';
import { ReviewCache } from './review-cache.ts';
import { claimsOf } from './token-claims.ts';

/** The longest that a token or a right which was taken away still counts. */
const KEEP_YES_MS = 60_000;
/** The longest that one which was just given does not count yet. */
const KEEP_NO_MS = 5_000;
const MAX_TOKENS = 4_096;
const MAX_ANSWERS = 16_384;
/** How long a token that was good once is not counted among the guesses of its address. */
const PROVEN_MS = 3_600_000;

export interface KubernetesSourceOptions {
  api: ReviewApi;
  /** An audience that is taken beside the API server's own. Default: none. */
  audience?: string | undefined;
  log: Log;
  /** Default: the machine's. */
  clock?: ReviewClock;
}

export interface ReviewClock {
  /** Milliseconds since the epoch: what tokens' expiry is told in. */
  now(): number;
  /** Milliseconds since any fixed moment, which nobody sets: what answers are kept by. */
  elapsed(): number;
}

const MACHINE_CLOCK: ReviewClock = { now: Date.now, elapsed: () => performance.now() };

interface Found {
  caller: Caller | undefined;
  /** Milliseconds since the epoch: the token's own word, which can only end its use early. */
  expiresAt: number;
}

/** Callers with tokens of Kubernetes: TokenReview says who, SubjectAccessReview what they may. */
export class KubernetesSource implements CallerSource {
  readonly #options: KubernetesSourceOptions;
  readonly #tokens: ReviewCache<Found>;
  readonly #rights: ReviewCache<{ allowed: boolean }>;
  readonly #proven: LRUCache<string, true>;
  readonly #failed: FailedReviews;
  readonly #inFlight = {
    unknown: new InFlight(AT_ONCE.unknown),
    proven: new InFlight(AT_ONCE.proven),
    rights: new InFlight(AT_ONCE.rights),
  };
  #isReachable = true;

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    const { now, elapsed } = options.clock ?? MACHINE_CLOCK;
    this.#failed = new FailedReviews(elapsed);
    const kept = { max: MAX_TOKENS, ttlResolution: 0, perf: { now: elapsed } };
    this.#proven = new LRUCache({ ...kept, ttl: PROVEN_MS });
    this.#tokens = new ReviewCache({
      max: MAX_TOKENS,
      keepMs: ({ caller, expiresAt }) =>
        caller ? Math.min(KEEP_YES_MS, expiresAt - now()) : KEEP_NO_MS,
      now: elapsed,
    });
    this.#rights = new ReviewCache({
      max: MAX_ANSWERS,
      keepMs: ({ allowed }) => (allowed ? KEEP_YES_MS : KEEP_NO_MS),
      now: elapsed,
    });
  }

  async find(token: string, address: string): Promise<Caller | undefined> {
    const key = hashOf(token).toString('base64url');
    const found = await this.#tokens.get(key, () => this.#review(token, key, address));
    return found.caller;
  }

  async #review(token: string, key: string, address: string): Promise<Found> {
    const isProven = this.#proven.has(key);
    if (!isProven) this.#failed.refuseTooMany(address);
    const { api, audience } = this.#options;
    const { audiences, expiresAt = Number.POSITIVE_INFINITY } = claimsOf(token);
    // A token is reviewed for one audience: for the API server's own unless it says it is for ours.
    const isForUs = audience !== undefined && audiences.includes(audience);
    const identity = await this.#ask(isProven ? 'proven' : 'unknown', () =>
      api.identify(token, isForUs ? audience : undefined),
    );
    if (identity) {
      this.#proven.set(key, true);
      return { caller: this.#callerOf(identity, key), expiresAt };
    }
    this.#proven.delete(key);
    this.#failed.add(address);
    return { caller: undefined, expiresAt };
  }

  /** Answers are kept for each token, not for each user: two tokens of one may differ in `extra`. */
  #callerOf(identity: Identity, key: string): Caller {
    return Object.freeze({
      subject: `kubernetes:${identity.username}`,
      may: async (action: Action) => {
        const { allowed } = await this.#rights.get(
          `${key} ${describeAction(action)}`,
          async () => ({
            allowed: await this.#ask('rights', () => this.#options.api.permits(identity, action)),
          }),
        );
        return allowed;
      },
    });
  }

  /** Whoever cannot be asked has not said yes. What was wrong is logged when it begins and ends. */
  #ask<T>(lane: keyof typeof AT_ONCE, review: () => Promise<T>): Promise<T> {
    return this.#inFlight[lane].run(async () => {
      try {
        const answer = await review();
        this.#told(true);
        return answer;
      } catch (cause) {
        this.#told(false, cause);
        throw new CofferdamError('UNAVAILABLE', 'Kubernetes could not be asked about the token.', {
          cause,
        });
      }
    });
  }

  #told(isReachable: boolean, cause?: unknown): void {
    if (this.#isReachable === isReachable) return;
    this.#isReachable = isReachable;
    const { log } = this.#options;
    if (isReachable) log('info', 'Kubernetes reviews tokens again');
    else log('error', 'Kubernetes cannot be asked about tokens', { reason: reasonOf(cause) });
  }
}

const MAX_REASON = 500;

/** A call's error holds the answer's body, which names no token. */
function reasonOf(cause: unknown): string {
  const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
  return `${String(code ?? '')} ${String(message ?? cause)}`.trim().slice(0, MAX_REASON);
}
