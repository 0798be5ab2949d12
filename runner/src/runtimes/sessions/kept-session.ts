import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CofferdamError,
  type Channel,
  type IncomingCall,
  type RuntimeEnd,
  type RuntimeSpec,
  type SessionEnd,
} from '@cofferdam/protocol';
import type { Compiler } from '../../compiler/client.ts';
import { KeptRuntime, type PortCall } from '../kept-runtime.ts';
import type { RuntimeProcess } from '../runtime-process.ts';
import { Attachment } from './attachment.ts';

/** The connection of whoever has a session. */
export interface Visitor {
  channel: () => Channel;
  compiler: Compiler;
}

export interface KeptSessionOptions {
  spec: RuntimeSpec;
  process: RuntimeProcess;
  /** The first one: its compiler is asked until another one comes. */
  visitor: Visitor;
  /** The connection to egress, where there is one. */
  egress?: (() => Channel) | undefined;
}

/** Somebody's having of a session. */
interface Visit {
  call: IncomingCall;
  /** It was told that it has the session. */
  begun: boolean;
  /** It is giving it back. */
  isLeaving: boolean;
  leave: PromiseWithResolvers<void>;
}

/** What a guest sent before its end may take so long to leave. */
const FLUSH_MS = 1_000;

/** One session: a runtime that lives while embedders come and go. */
export class KeptSession {
  readonly runtimeId = randomUUID();
  readonly runtime: KeptRuntime;
  /** Settles when the guest can be used; rejects where it has ended before. */
  readonly opened: Promise<void>;
  /** Settles with its end. */
  readonly ended: Promise<RuntimeEnd>;
  readonly #process: RuntimeProcess;
  /** Its bindings are those of whoever has it. */
  readonly #spec: RuntimeSpec;
  #visitor: Visitor;
  #visit: Visit | undefined;
  #left = Promise.withResolvers<void>();
  #wasHad = false;

  constructor({ spec, process, visitor, egress }: KeptSessionOptions) {
    this.#process = process;
    this.#visitor = visitor;
    this.#spec = { ...spec, bindings: NOTHING };
    const compilerOf = () => this.#visitor.compiler;
    this.runtime = new KeptRuntime({
      runtimeId: this.runtimeId,
      spec: this.#spec,
      process,
      get compiler() {
        return compilerOf();
      },
      channel: () => this.#channel(),
      egress,
      session: true,
    });
    const opened = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.opened.catch(() => {});
    this.ended = this.runtime.live(noPort(), () => opened.resolve());
    void this.ended.then((end) => opened.reject(endedError(end)));
  }

  /** Whether it has held something, and nobody hears of its end. */
  get isMissed(): boolean {
    const visit = this.#visit;
    return this.#wasHad && !(visit?.begun && !isLost(visit.call));
  }

  /** Whether its guest may be given something to do. */
  get isUsable(): boolean {
    return this.#visit?.begun === true && !this.#visit.isLeaving;
  }

  /** Ends it, whoever has it; settles when nothing of it is left. */
  async dispose(message: string): Promise<void> {
    this.runtime.stop('Cancelled', message);
    await this.ended;
  }

  /** Given back by whoever has it; settles when somebody else may have it, or it has ended. */
  async release(): Promise<void> {
    if (!this.#visit) return;
    this.#visit.leave.resolve();
    await this.#left.promise;
  }

  /**
   * Gives it to an embedder until that gives it back, by `release` or by the end of its call, or until
   * it ends. `onReady` is told when it can be used; rejects with `SESSION_LOST` where it cannot any more.
   */
  async have(call: IncomingCall, { spec, visitor, onReady }: Having): Promise<SessionEnd> {
    const leave = Promise.withResolvers<void>();
    const visit: Visit = { call, begun: false, isLeaving: false, leave };
    call.signal.addEventListener('abort', () => leave.resolve(), { once: true });
    if (call.signal.aborted) leave.resolve();
    this.#visit = visit;
    this.#visitor = visitor;
    this.#left = Promise.withResolvers<void>();
    try {
      return await this.#serve(visit, { spec, onReady });
    } finally {
      this.#visit = undefined;
      this.#left.resolve();
    }
  }

  async #serve(visit: Visit, { spec, onReady }: Omit<Having, 'visitor'>): Promise<SessionEnd> {
    const { bindings, features, egress } = spec;
    Object.assign(this.#spec, { bindings, egress, features });
    const attachment = new Attachment(visit.call, this.#process.channel, {
      ...{ runtimeId: this.runtimeId, bindings },
      ...(features && { features }),
    });
    const leaving = visit.leave.promise;
    const begun = attachment.ready.then(() => 'begun' as const);
    if ((await Promise.race([begun, this.ended, leaving])) === 'begun') {
      visit.begun = true;
      this.#wasHad = true;
      onReady();
    }
    await Promise.race([this.ended, leaving]);
    return this.#leave(visit, attachment);
  }

  async #leave(visit: Visit, attachment: Attachment): Promise<SessionEnd> {
    visit.isLeaving = true;
    this.runtime.cutOff();
    this.#spec.bindings = NOTHING;
    if (!this.runtime.ending && this.runtime.evals.running === 0) {
      const letGo = await attachment.detach().then(
        () => true,
        () => false,
      );
      if (letGo && !this.runtime.ending) return { released: true };
    }
    // Half an eval cannot be given to anybody else.
    this.runtime.stop('Cancelled', 'The session was given back in the middle of an eval');
    const end = await this.ended;
    if (!visit.begun && this.#wasHad) throw endedError(end);
    await Promise.race([attachment.flushed, elapsed(FLUSH_MS)]);
    return { released: false, ...end };
  }

  #channel(): Channel {
    if (this.#visit) return this.#visitor.channel();
    throw new CofferdamError('RUNTIME_ENDED', 'nobody has the session');
  }
}

export interface Having {
  spec: RuntimeSpec;
  visitor: Visitor;
  onReady: () => void;
}

/** Of a session that nobody has. */
const NOTHING: RuntimeSpec['bindings'] = {
  console: false,
  fetch: false,
  files: false,
  modules: false,
  tools: [],
};

/** The port of a session is each embedder's own. */
function noPort(): PortCall {
  const nothing = Readable.from([]) as unknown as PortCall['data'];
  return { data: nothing, write: async () => {}, signal: new AbortController().signal };
}

/** Whoever called is gone: what is answered reaches nobody. */
function isLost({ signal }: IncomingCall): boolean {
  return signal.aborted && CofferdamError.from(signal.reason).code !== 'CANCELLED';
}

function endedError({ exitReason, message }: RuntimeEnd): CofferdamError {
  return new CofferdamError('SESSION_LOST', `the session was lost: ${exitReason}: ${message}`);
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
