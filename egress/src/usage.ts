import {
  CofferdamError,
  MAX_EGRESS_LOG,
  type EgressLogEntry,
  type EgressPolicy,
  type TicketUse,
} from '@cofferdam/protocol';
import type { Target } from './target.ts';

export type Budget = Pick<EgressPolicy, 'maxRequests' | 'maxBytesUp' | 'maxBytesDown'>;

/** What a ticket was used for, and what is left of its budget. */
export class Usage {
  readonly #budget: Budget;
  readonly #now: () => number;
  readonly #log: EgressLogEntry[] = [];
  #requests = 0;
  #finished = 0;
  #bytesUp = 0;
  #bytesDown = 0;

  constructor(budget: Budget, now: () => number) {
    this.#budget = budget;
    this.#now = now;
  }

  begin({ host, port }: Target, method: string): Meter {
    const number = ++this.#requests;
    return new Meter(this, { host: host.slice(0, 255), port, method, start: this.#now(), number });
  }

  /** Throws `EGRESS_BUDGET`. */
  admit(number: number): void {
    const { maxRequests } = this.#budget;
    if (number > maxRequests) throw spent(`${maxRequests} requests, redirects included`);
  }

  /** Throws `EGRESS_BUDGET`; the bytes that do not fit are not counted, for they are not sent. */
  up(bytes: number): void {
    const { maxBytesUp } = this.#budget;
    if (this.#bytesUp + bytes > maxBytesUp) throw spent(`${maxBytesUp} bytes sent`);
    this.#bytesUp += bytes;
  }

  /** Throws `EGRESS_BUDGET`; the bytes that do not fit are not counted, for they are not passed on. */
  down(bytes: number): void {
    const { maxBytesDown } = this.#budget;
    if (this.#bytesDown + bytes > maxBytesDown) throw spent(`${maxBytesDown} bytes received`);
    this.#bytesDown += bytes;
  }

  finish(entry: Omit<EgressLogEntry, 'end'>): void {
    this.#finished++;
    if (this.#log.length < MAX_EGRESS_LOG) this.#log.push({ ...entry, end: this.#now() });
  }

  report(): TicketUse {
    return {
      requests: this.#requests,
      bytesUp: this.#bytesUp,
      bytesDown: this.#bytesDown,
      log: this.#log,
      unlogged: this.#finished - this.#log.length,
    };
  }
}

function spent(what: string): CofferdamError {
  return new CofferdamError('EGRESS_BUDGET', `this run's budget is used up: ${what}`);
}

interface Begun {
  host: string;
  port: number;
  method: string;
  start: number;
  /** Which request of its ticket it is, from 1. */
  number: number;
}

/** Counts one hop against the budget of its ticket. */
export class Meter {
  status: number | undefined;
  bytesUp = 0;
  bytesDown = 0;
  #bodyRaw = 0;
  #bodyDecoded = 0;
  readonly #usage: Usage;
  readonly #begun: Begun;

  constructor(usage: Usage, begun: Begun) {
    this.#usage = usage;
    this.#begun = begun;
  }

  admit(): void {
    this.#usage.admit(this.#begun.number);
  }

  up(bytes: number): void {
    this.#usage.up(bytes);
    this.bytesUp += bytes;
  }

  down(bytes: number): void {
    this.#usage.down(bytes);
    this.bytesDown += bytes;
  }

  /** Body bytes as they came. Compressed nothing can be endless, so these count where they are more. */
  raw(bytes: number): void {
    this.#body(this.#bodyRaw + bytes, this.#bodyDecoded);
    this.#bodyRaw += bytes;
  }

  /** Body bytes as the guest gets them. */
  decoded(bytes: number): void {
    this.#body(this.#bodyRaw, this.#bodyDecoded + bytes);
    this.#bodyDecoded += bytes;
  }

  #body(raw: number, decoded: number): void {
    const before = Math.max(this.#bodyRaw, this.#bodyDecoded);
    this.down(Math.max(raw, decoded, before) - before);
  }

  finish(decision: EgressLogEntry['decision']): void {
    const { host, port, method, start } = this.#begun;
    const { status, bytesUp, bytesDown } = this;
    const seen = status === undefined ? {} : { status };
    this.#usage.finish({ host, port, method, ...seen, bytesUp, bytesDown, decision, start });
  }
}
