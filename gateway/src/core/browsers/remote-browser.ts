import {
  BROWSER_POD_METHODS,
  BrowserEndSchema,
  BrowserOpenedSchema,
  CofferdamError,
  LASTING,
  parser,
  type BrowserAnswer,
  type BrowserCall,
  type BrowserEnd,
  type IncomingCall,
  type OutgoingCall,
} from '@cofferdam/protocol';
import type { RunnerLease } from '../runners/registry.ts';
import { acquireBrowser, type BrowserClaim, type Browsers } from './acquire.ts';
import { PodViolation, relayBrowserCall, RunnerViolation } from './relay.ts';

const VIOLATION = 'PROTOCOL_VIOLATION';
const readOpened = parser(BrowserOpenedSchema, VIOLATION);
const readEnd = parser(BrowserEndSchema, VIOLATION);

/** Calls of one guest under way: as many as its own process lets be. */
const MAX_CALLS = 256;
/** A pod that is there answers in milliseconds, or in seconds while its Chromium starts again. */
const OPEN_MS = 60_000;
/** Several may be stopped at once, as where a node is drained. */
const PODS = 3;
/** What the end of a session is to one that has not opened. */
const CODES = { crashed: 'UNAVAILABLE', stopped: 'CONNECTION_LOST' } as const;

/** The way out of a browser's pages. */
export interface PageTicket {
  secret: string;
  /** Never rejects. */
  close(): Promise<void>;
}

/** One thing that a guest's browser did, or was waited for. */
export interface BrowserNote {
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
  /** Absent for the wait for a pod. */
  asked?: BrowserCall;
  error?: string;
}

export interface RemoteBrowserOptions {
  browsers: Browsers;
  claim: BrowserClaim;
  /** Its own: egress gives a ticket to one connection. `undefined` where its pages reach nothing. */
  openTicket(): Promise<PageTicket | undefined>;
  /** Whether its pod records it. Default false. */
  trace?: boolean;
  /** Milliseconds that it may wait for a place in a pod. */
  waitMs(): number;
  now(): number;
  onNote?: (note: BrowserNote) => void;
  /** Takes the bytes of an answer as they pass by; the answer it was is told when it came. */
  watch?: (asked: BrowserCall) => AnswerWatch | undefined;
}

export interface AnswerWatch {
  take(bytes: Buffer): void;
  done(answer: BrowserAnswer | undefined): void;
}

interface Place {
  lease: RunnerLease;
  ticket: PageTicket | undefined;
}

/**
 * The browser of one guest: a session in a browser pod of its tenant, from the first call on. One that
 * is lost stays lost, since what its guest holds of it is gone too.
 */
export class RemoteBrowser {
  readonly #options: RemoteBrowserOptions;
  readonly #over = new AbortController();
  readonly #gone = new AbortController();
  #opening: Promise<Place> | undefined;
  #place: Place | undefined;
  #lost: string | undefined;
  #calls = 0;

  constructor(options: RemoteBrowserOptions) {
    this.#options = options;
  }

  /** Whether its guest has asked anything of it. */
  used = false;

  /** Its pod is to go: who lasts should begin anew elsewhere. */
  get mustMove(): boolean {
    return this.#lost !== undefined || (this.#place?.lease.retiring ?? false);
  }

  /**
   * Does what the guest asks. What is wrong with the browser is in the answer; throws `PROTOCOL_VIOLATION`
   * for what the runner did wrong, `RUNTIME_ENDED` after the end, `QUEUE_FULL` and `CANCELLED`.
   */
  async call(call: IncomingCall, asked: BrowserCall): Promise<BrowserAnswer> {
    if (this.#over.signal.aborted) throw new CofferdamError('RUNTIME_ENDED');
    if (this.#calls >= MAX_CALLS) throw new CofferdamError('QUEUE_FULL');
    this.used = true;
    this.#calls++;
    try {
      return await this.#answer(call, asked);
    } finally {
      this.#calls--;
    }
  }

  /** Asks the pod about this session; `undefined` where there is none. */
  ask(method: string, payload: object, deadlineMs: number): OutgoingCall | undefined {
    const place = this.#place;
    if (!place || this.#lost !== undefined) return undefined;
    const whole = { sessionId: this.#options.claim.sessionId, ...payload };
    return place.lease.channel.call(method, whole, { deadlineMs, signal: this.#gone.signal });
  }

  /** The pod said what no pod of ours would. */
  drop(reason: string): void {
    this.#place?.lease.drop(`a browser: ${reason}`);
  }

  /** Ends the session; calls under way reject. Never rejects. */
  async close(): Promise<void> {
    this.#over.abort(new CofferdamError('RUNTIME_ENDED'));
    await this.#opening?.catch(() => {});
    await this.#leave();
  }

  async #answer(call: IncomingCall, asked: BrowserCall): Promise<BrowserAnswer> {
    let place: Place;
    try {
      place = await this.#open();
    } catch (error) {
      if (this.#over.signal.aborted) throw new CofferdamError('RUNTIME_ENDED');
      const { code, message } = CofferdamError.from(error);
      return failed('BrowserUnavailableError', `there is no browser: ${code}: ${message}`);
    }
    if (this.#lost !== undefined) return this.#closed();
    const start = this.#options.now();
    const answer = await this.#relay(call, asked, place);
    this.#note(start, asked, answer.error?.message);
    return answer;
  }

  async #relay(call: IncomingCall, asked: BrowserCall, { lease }: Place): Promise<BrowserAnswer> {
    const watch = this.#options.watch?.(asked);
    let answer: BrowserAnswer | undefined;
    try {
      answer = await relayBrowserCall(call, {
        to: lease.channel,
        payload: { sessionId: this.#options.claim.sessionId, ...asked },
        signal: AbortSignal.any([this.#over.signal, this.#gone.signal]),
        onBytes: (bytes) => watch?.take(bytes),
      });
      return answer;
    } catch (error) {
      return this.#failed(error, lease);
    } finally {
      watch?.done(answer);
    }
  }

  /** What of a failed call is the guest's to know. */
  #failed(thrown: unknown, lease: RunnerLease): BrowserAnswer {
    const { code, message } = CofferdamError.from(thrown);
    if (this.#over.signal.aborted) throw new CofferdamError('RUNTIME_ENDED');
    if (thrown instanceof PodViolation) {
      lease.drop(`a browser: ${message}`);
      this.#lose('the browser’s pod broke the protocol');
    }
    if (code === 'CONNECTION_LOST' || code === 'RUNTIME_ENDED') this.#lose('its pod is gone');
    if (this.#lost !== undefined) return this.#closed();
    if (code === 'CANCELLED' || thrown instanceof RunnerViolation) throw thrown;
    return failed(code === 'QUEUE_FULL' ? 'BrowserLimitError' : 'Error', `${code}: ${message}`);
  }

  #closed(): BrowserAnswer {
    return failed('BrowserClosedError', `the browser is gone: ${this.#lost}`);
  }

  #open(): Promise<Place> {
    if (!this.#opening) {
      const opening = this.#begin();
      this.#opening = opening;
      // Nothing was opened: the next call may try again.
      opening.catch(() => (this.#opening = undefined));
    }
    return this.#opening;
  }

  async #begin(): Promise<Place> {
    const start = this.#options.now();
    try {
      this.#place = await this.#enter(PODS);
      this.#note(start);
      return this.#place;
    } catch (error) {
      const known = CofferdamError.from(error);
      this.#note(start, undefined, known.message);
      throw known;
    }
  }

  /** A session in a pod; of a pod that goes before it has opened one nothing is lost, and another one is asked. */
  async #enter(tries: number): Promise<Place> {
    const { browsers, claim, openTicket, waitMs } = this.#options;
    const { signal } = this.#over;
    let lease: RunnerLease | undefined;
    let ticket: PageTicket | undefined;
    try {
      lease = await acquireBrowser(browsers, claim, { deadlineMs: waitMs(), signal });
      ticket = await openTicket();
      await this.#session({ lease, ticket });
      return { lease, ticket };
    } catch (error) {
      lease?.release();
      await ticket?.close();
      const isLast = tries === 1 || signal.aborted;
      if (isLast || CofferdamError.from(error).code !== 'CONNECTION_LOST') throw error;
      return this.#enter(tries - 1);
    }
  }

  async #session({ lease, ticket }: Place): Promise<void> {
    const { claim, trace } = this.#options;
    const { sessionId, tenant } = claim;
    const opened = Promise.withResolvers<void>();
    const recorded = trace && { trace };
    const payload = { sessionId, tenant, ...recorded, ...(ticket && { ticket: ticket.secret }) };
    const session = lease.channel.call(BROWSER_POD_METHODS.open, payload, {
      ...{ deadlineMs: LASTING, signal: this.#over.signal },
      onEvent: (event) => {
        readOpened(event);
        opened.resolve();
      },
    });
    const ended = session.reply.then((answer) => this.#noteEnd(lease, readEnd(answer)));
    ended.then(
      ({ reason, message }) => opened.reject(new CofferdamError(CODES[reason], message)),
      opened.reject,
    );
    const late = () => opened.reject(new CofferdamError('DEADLINE_EXCEEDED'));
    const timer = setTimeout(late, OPEN_MS);
    try {
      await opened.promise;
    } finally {
      clearTimeout(timer);
    }
    ended.then(
      ({ message }) => this.#lose(message),
      (error: unknown) => this.#lose(CofferdamError.from(error).message),
    );
  }

  /** A pod that is being stopped is given no more sessions, though its connection lasts for a moment. */
  #noteEnd({ runnerId }: RunnerLease, end: BrowserEnd): BrowserEnd {
    if (end.reason === 'stopped') this.#options.browsers.registry.retire(runnerId, end.message);
    return end;
  }

  #lose(why: string): void {
    if (this.#lost !== undefined || this.#over.signal.aborted) return;
    this.#lost = why;
    this.#gone.abort(new CofferdamError('CANCELLED'));
    void this.#leave();
  }

  async #leave(): Promise<void> {
    const place = this.#place;
    this.#place = undefined;
    place?.lease.release();
    await place?.ticket?.close();
  }

  #note(start: number, asked?: BrowserCall, error?: string): void {
    const { now, onNote } = this.#options;
    onNote?.({ start, end: now(), ...(asked && { asked }), ...(error !== undefined && { error }) });
  }
}

function failed(name: string, message: string): BrowserAnswer {
  return { error: { name, message: message.slice(0, 8_192) } };
}
