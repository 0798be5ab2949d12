import { setTimeout as sleep } from 'node:timers/promises';
import {
  abortable,
  BROWSER_POD_METHODS,
  BrowserArtifactsAskedSchema,
  BrowserOpenSchema,
  BrowserPodCallSchema,
  CofferdamError,
  parser,
  type BrowserEnd,
  type BrowserOpen,
  type BrowserOpened,
  type CallHandler,
  type Channel,
  type IncomingCall,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { Chromium } from './chromium.ts';
import type { Proxy } from './proxy.ts';
import { PodSession } from './session.ts';

export interface SessionsOptions {
  chromium: Chromium;
  proxy: Proxy;
  /** Chromium's: where recordings are written. */
  tracesDir: string;
  egress: () => Channel;
  /** Sessions at once. */
  maximum: number;
}

/** Below the grace that whoever stops the process gives it. */
const STOP_MS = 1_000;

const parseBind = parser(Type.Object({ tenant: Type.String({ minLength: 1, maxLength: 128 }) }));
const parseOpen = parser(BrowserOpenSchema);
const parseCall = parser(BrowserPodCallSchema);
const parseArtifacts = parser(BrowserArtifactsAskedSchema);

/** The sessions of the pod's one tenant. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, PodSession>();
  readonly #closing = new Set<Promise<void>>();
  #tenant: string | undefined;
  #stopped: BrowserEnd | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get #isFull(): boolean {
    return this.#sessions.size >= this.#options.maximum;
  }

  get handlers(): Record<string, CallHandler> {
    const { open, call, artifacts } = BROWSER_POD_METHODS;
    return {
      bind: (incoming) => this.#bind(parseBind(incoming.payload).tenant),
      [open]: (incoming) => this.#open(incoming),
      [call]: (incoming) => this.#call(incoming),
      [artifacts]: (incoming) => this.#collect(incoming),
    };
  }

  /** Every session is over. */
  fail(end: BrowserEnd): void {
    for (const session of this.#sessions.values()) session.fail(end);
  }

  /** Ends every session; resolves when their callers were told, or could not be in time. */
  async stop(end: BrowserEnd): Promise<void> {
    this.#stopped = end;
    const ended = [...this.#sessions.values()].map((session) => session.close());
    this.fail(end);
    const late = sleep(STOP_MS, undefined, { ref: false });
    await Promise.race([Promise.allSettled(ended), late]);
  }

  /** One tenant for ever, whatever a gateway says later. */
  #bind(tenant: string): object {
    if (this.#tenant !== undefined && this.#tenant !== tenant) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'the browser pod is another tenant’s');
    }
    this.#tenant = tenant;
    return {};
  }

  async #open(call: IncomingCall): Promise<BrowserEnd> {
    if (this.#stopped) return this.#stopped;
    const open = parseOpen(call.payload);
    await this.#admit(open);
    const session = new PodSession({ ...this.#options, open });
    this.#sessions.set(open.sessionId, session);
    try {
      await this.#options.chromium.browser;
      call.emit({ opened: true } satisfies BrowserOpened);
      return await abortable(session.ended, call.signal);
    } finally {
      const closed = session.close().catch(() => {});
      this.#closing.add(closed);
      await closed;
      this.#closing.delete(closed);
      this.#sessions.delete(open.sessionId);
    }
  }

  async #admit({ tenant, sessionId }: BrowserOpen): Promise<void> {
    if (this.#tenant === undefined || this.#tenant !== tenant) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'the browser pod is not this tenant’s');
    }
    // Who gave a place back may ask for it again before its pages are gone.
    while (this.#isFull && this.#closing.size > 0) await Promise.race(this.#closing);
    if (this.#sessions.has(sessionId)) {
      throw new CofferdamError('INVALID_INPUT', 'this session is open already');
    }
    if (!this.#isFull) return;
    throw new CofferdamError('QUEUE_FULL', `the browser pod has ${this.#sessions.size} sessions`);
  }

  async #call(incoming: IncomingCall): Promise<unknown> {
    const { sessionId, ...call } = parseCall(incoming.payload);
    const session = this.#find(sessionId);
    const bytes = await bytesOf(incoming, call.bytes);
    const { answer, bytes: back } = await session.call(call, bytes, incoming.signal);
    if (back && back.byteLength > 0) await incoming.write(back);
    incoming.end();
    return answer;
  }

  async #collect(incoming: IncomingCall): Promise<unknown> {
    const { sessionId, ...asked } = parseArtifacts(incoming.payload);
    const { answer, bytes } = await this.#find(sessionId).collect(asked);
    // eslint-disable-next-line no-await-in-loop -- one file after another
    for (const file of bytes) await incoming.write(file);
    incoming.end();
    return answer;
  }

  #find(sessionId: string): PodSession {
    const session = this.#sessions.get(sessionId);
    if (session) return session;
    throw new CofferdamError('RUNTIME_ENDED', 'there is no such browser session (any more)');
  }
}

/** The arguments' bytes, as many as were announced. */
async function bytesOf(
  { data }: IncomingCall,
  announced: number | undefined,
): Promise<Uint8Array | undefined> {
  if (announced === undefined) return undefined;
  const bytes = Buffer.alloc(announced);
  let at = 0;
  for await (const piece of data) {
    if (at + piece.byteLength > announced) throw wrongLength();
    at += piece.copy(bytes, at);
  }
  if (at === announced) return bytes;
  throw wrongLength();
}

function wrongLength(): CofferdamError {
  return new CofferdamError('INVALID_INPUT', 'the bytes of the call are not as many as it says');
}
