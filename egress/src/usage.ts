import {
  CofferdamError,
  type EgressLogEntry,
  type EgressPolicy,
  type TicketUse,
} from '@cofferdam/protocol';
import type { Bandwidth } from './bandwidth.ts';
import { EgressLog } from './log.ts';
import type { Target } from './target.ts';

/** Of the log: longer ones are no methods of anybody's. */
const MAX_METHOD = 32;
const PORTS: Record<string, number> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 };

export type Budget = Pick<EgressPolicy, 'maxRequests' | 'maxBytesUp' | 'maxBytesDown'>;

export interface UsageOptions {
  /** Milliseconds since the epoch. */
  now: () => number;
  bandwidth?: Bandwidth | undefined;
  /** Of the ticket: what began before its budgets were whole again ends in it too. */
  log?: EgressLog;
}

/** What a ticket was used for, and what is left of its budget. */
export class Usage {
  readonly #budget: Budget;
  readonly #now: () => number;
  /** Of all connections of the ticket; outlives what is counted here. */
  readonly bandwidth: Bandwidth | undefined;
  readonly #log: EgressLog;
  #requests = 0;
  #bytesUp = 0;
  #bytesDown = 0;

  constructor(budget: Budget, { now, bandwidth, log = new EgressLog() }: UsageOptions) {
    this.#budget = budget;
    this.#now = now;
    this.bandwidth = bandwidth;
    this.#log = log;
  }

  begin({ host, port }: Pick<Target, 'host' | 'port'>, method: string): Meter {
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
    this.#log.add({ ...entry, end: this.#now() });
  }

  /** Of what is refused before it is known where it leads. */
  refuse(url: string, method: string, decision: EgressLogEntry['decision']): void {
    const { hostname = '', port = '', protocol = '' } = URL.parse(url) ?? {};
    const known = { host: hostname || 'invalid', port: Number(port) || (PORTS[protocol] ?? 0) };
    this.begin(known, method.slice(0, MAX_METHOD)).finish(decision);
  }

  report(): TicketUse {
    return {
      requests: this.#requests,
      bytesUp: this.#bytesUp,
      bytesDown: this.#bytesDown,
      ...this.#log.take(),
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
  /** When what was counted last may go on, by the clock of the bandwidth. */
  #upAt = 0;
  #downAt = 0;
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
    if (this.#usage.bandwidth) this.#upAt = this.#usage.bandwidth.up.take(bytes);
  }

  down(bytes: number): void {
    this.#usage.down(bytes);
    this.bytesDown += bytes;
    if (this.#usage.bandwidth) this.#downAt = this.#usage.bandwidth.down.take(bytes);
  }

  /** Whether bytes have to wait for one another. */
  get isSlowed(): boolean {
    return this.#usage.bandwidth !== undefined;
  }

  /** To be awaited before bytes go on that were counted: nothing is read meanwhile, so that the other end waits too. */
  pacedUp(signal: AbortSignal): Promise<void> | undefined {
    return this.#usage.bandwidth?.up.until(this.#upAt, signal);
  }

  pacedDown(signal: AbortSignal): Promise<void> | undefined {
    return this.#usage.bandwidth?.down.until(this.#downAt, signal);
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
