import type { Channel } from '@cofferdam/protocol/base';
import type { RunContext } from '../../../bridge/capability.ts';
import { CAPABILITIES } from '../../../bridge/capabilities.ts';
import { Dispatch } from '../../../bridge/dispatch.ts';
import { fetchOverChannel } from '../../../bridge/fetch/over-channel.ts';
import type { FetchStart, FetchStream } from '../../../bridge/fetch/stream.ts';
import type { InsideOutcome } from '../messages.ts';
import { now } from '../../../clock.ts';
import type { GuestRun } from './guest-run.ts';

const MAX_FETCHES_NOTED = 64;
/** One for all: `abort()` makes a DOMException with a stack, 36 µs a run. */
const OVER = new Error('the run is over');

/** What one run's guest may ask of its host, and what it has asked so far. */
export class BridgeSession {
  readonly calls: Dispatch;
  readonly fetches: InsideOutcome['fetches'] = [];
  readonly #over = new AbortController();
  readonly #channel: Channel;
  readonly #run: GuestRun;
  readonly #onOutside: () => void;

  constructor(run: GuestRun, channel: Channel, onOutside: () => void) {
    this.#run = run;
    this.#channel = channel;
    this.#onOutside = onOutside;
    const context: RunContext = {
      runId: run.job.runId,
      limits: run.job.limits,
      signal: this.#over.signal,
      state: new Map(),
      openFetch: (start) => this.#openFetch(start),
    };
    this.calls = new Dispatch({
      capabilities: CAPABILITIES,
      context,
      onBreach: (reason, message) => run.end(reason, message),
    });
  }

  close(): void {
    this.#over.abort(OVER);
  }

  #openFetch(start: FetchStart): FetchStream {
    this.#onOutside();
    const { runId } = this.#run.job;
    const stream = fetchOverChannel(this.#channel, { ...start, runId }, this.#over.signal);
    if (this.fetches.length < MAX_FETCHES_NOTED) this.#note(start, stream);
    return stream;
  }

  #note(start: FetchStart, stream: FetchStream): void {
    const began = now();
    const entry: InsideOutcome['fetches'][number] = {
      host: hostOf(start.url),
      start: began,
      end: began,
    };
    this.fetches.push(entry);
    const done = (result: { status?: number; error?: string }) =>
      Object.assign(entry, { end: now() }, result);
    stream.head.then(
      ({ status }) => done({ status }),
      (error: { code?: string }) => done({ error: error.code ?? 'EGRESS_FAILED' }),
    );
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host.slice(0, 255) ?? 'invalid';
}
