import { randomBytes } from 'node:crypto';
import {
  LASTING,
  parser,
  RuntimeEndSchema,
  SESSION_METHODS,
  type BookedSession,
  type Language,
  type Layer,
  type ResolvedPool,
  type RuntimeSpec,
  type Traffic,
} from '@cofferdam/protocol';
import type { RunIntent } from '../intent.ts';
import type { RunnerLease } from '../runners/registry.ts';
import { SessionVisit } from './session-visit.ts';

/** What whoever makes a session says of it, once and for all. */
export interface SessionPlan {
  pool: ResolvedPool;
  /** What every visitor has that says nothing else. */
  spec: RuntimeSpec;
  /** The hosts that its guest may reach while somebody has it over HTTP, and how often each time. */
  net: RunIntent['net'];
  maxRequests: number;
  traffic?: Partial<Traffic> | undefined;
  /** Of code over HTTP that has no file's name. */
  language?: Language | undefined;
}

export interface SessionOptions {
  tenant: string;
  booked: BookedSession;
  plan: SessionPlan;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Gives its place back. */
  leave: () => void;
}

/** 128 bits, which nobody guesses. */
const ID_BYTES = 16;
const DISPOSE_MS = 10_000;
const readEnd = parser(RuntimeEndSchema, 'PROTOCOL_VIOLATION');

/** One session: a guest in one runner, which is held for as long as the session lives. */
export class GatewaySession {
  /** What it is called at its runner too: no later session of its key is mistaken for it. */
  readonly id = `ses-${randomBytes(ID_BYTES).toString('hex')}`;
  readonly tenant: string;
  readonly booked: BookedSession;
  readonly plan: SessionPlan;
  readonly createdAt: number;
  /** When it was last given back, in milliseconds since the epoch. */
  releasedAt: number | undefined;
  /** How its runner said that it ended. */
  ending: string | undefined;
  /** Whoever had it knows that it is over: its key may be another one's. */
  isTold = false;
  isOver = false;
  readonly #over = new AbortController();
  readonly #leave: () => void;
  #lease: RunnerLease | undefined;

  constructor({ tenant, booked, plan, createdAt, leave }: SessionOptions) {
    this.tenant = tenant;
    this.booked = booked;
    this.plan = plan;
    this.createdAt = createdAt;
    this.#leave = leave;
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Throws where it has no runner yet. */
  get lease(): RunnerLease {
    if (!this.#lease) throw new Error('the session has no runner');
    return this.#lease;
  }

  /** What stands around its guest; nothing as long as it has no runner. */
  get layers(): Layer[] {
    return this.#lease ? ['isolate', ...this.#lease.layers] : [];
  }

  /** Its runner is to go. */
  get mustEnd(): boolean {
    return this.#lease?.retiring ?? false;
  }

  place(lease: RunnerLease): void {
    if (this.isOver) lease.release();
    else this.#lease = lease;
  }

  visit(spec: RuntimeSpec): SessionVisit {
    return new SessionVisit({ channel: this.lease.channel, key: this.id, spec });
  }

  /** From its opening on: `onEnd` is told when it has ended, or its runner has. */
  keep(onEnd: () => void): void {
    const { channel } = this.lease;
    const options = { deadlineMs: LASTING, signal: this.#over.signal };
    const call = channel.call(SESSION_METHODS.keep, { key: this.id }, options);
    call.reply
      .then(readEnd)
      .then(
        ({ exitReason, message }) => `${exitReason}: ${message}`,
        () => RUNNER_GONE,
      )
      .then((ending) => {
        this.ending = ending;
        onEnd();
      });
  }

  /** Has its runner end it; settles when that is done, or cannot be. */
  async dispose(reason: string): Promise<void> {
    const payload = { key: this.id, reason };
    const channel = this.#lease?.channel;
    await channel
      ?.call(SESSION_METHODS.dispose, payload, { deadlineMs: DISPOSE_MS })
      .reply.catch(() => {});
    this.close();
  }

  /** Holds nothing any more: what may be left of it in its runner ends. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#over.abort();
    this.#lease?.release();
    this.#leave();
  }
}

export const RUNNER_GONE = 'its runner is gone';
