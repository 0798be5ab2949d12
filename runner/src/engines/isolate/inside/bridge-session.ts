import type { Channel } from '@cofferdam/protocol/base';
import { browserOverChannel } from '../../../bridge/browser/over-channel.ts';
import type { OpenBrowser } from '../../../bridge/browser/exchange.ts';
import type { RunContext } from '../../../bridge/capability.ts';
import { CAPABILITIES } from '../../../bridge/capabilities.ts';
import { Dispatch } from '../../../bridge/dispatch.ts';
import { fetchOverChannel, webSocketOverChannel } from '../../../bridge/fetch/over-channel.ts';
import type { FetchStart, FetchStream } from '../../../bridge/fetch/stream.ts';
import type { WebSocketStart, WebSocketStream } from '../../../bridge/websocket/stream.ts';
import type { InsideOutcome } from '../messages.ts';
import { now } from '../../../clock.ts';
import type { GuestRun } from './guest-run.ts';

const MAX_FETCHES_NOTED = 64;
/** What a WebSocket's handshake is answered with when it succeeds. */
const SWITCHING_PROTOCOLS = 101;
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
      openWebSocket: (start) => this.#openWebSocket(start),
      ...(run.job.browser && { openBrowser: (call) => this.#openBrowser(call) }),
      charge: (ms) => run.charge(ms),
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
    this.#note(
      start.url,
      stream.head.then(({ status }) => status),
    );
    return stream;
  }

  #openWebSocket(start: WebSocketStart): WebSocketStream {
    this.#onOutside();
    const { runId } = this.#run.job;
    const stream = webSocketOverChannel(this.#channel, { ...start, runId }, this.#over.signal);
    this.#note(
      start.url,
      stream.head.then(() => SWITCHING_PROTOCOLS),
    );
    return stream;
  }

  #openBrowser(call: Parameters<OpenBrowser>[0]): ReturnType<OpenBrowser> {
    this.#onOutside();
    const asked = { ...call, runId: this.#run.job.runId };
    return browserOverChannel(this.#channel, asked, this.#over.signal, 'browser');
  }

  #note(url: string, answered: Promise<number>): void {
    const began = now();
    const entry: InsideOutcome['fetches'][number] = { host: hostOf(url), start: began, end: began };
    if (this.fetches.length < MAX_FETCHES_NOTED) this.fetches.push(entry);
    const done = (result: { status?: number; error?: string }) =>
      Object.assign(entry, { end: now() }, result);
    answered.then(
      (status) => done({ status }),
      (error: { code?: string }) => done({ error: error.code ?? 'EGRESS_FAILED' }),
    );
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host.slice(0, 255) ?? 'invalid';
}
