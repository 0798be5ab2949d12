import {
  CofferdamError,
  EvalOutcomeSchema,
  LASTING,
  parser,
  RUNTIME_METHODS,
  type Channel,
  type EvalOutcome,
  type Language,
  type OutgoingCall,
  type ResolvedScript,
  type RuntimeEnd,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import {
  endTexts,
  eventText,
  readClientMessage,
  requestText,
  systemText,
} from './worker-messages.ts';
import { openOnRunner, type OpenedRuntime } from './open-on-runner.ts';
import { WorkerPace } from './worker-pace.ts';
import { WorkerPort } from './worker-port.ts';
import type { WorkerClient } from './workers.ts';

const readOutcome = parser(EvalOutcomeSchema, 'PROTOCOL_VIOLATION');

/** Messages in a second, of a client and of a worker: each costs this process work. */
const CLIENT_RATE = 1_000;
const WORKER_RATE = 5_000;
const ENDINGS: Record<Language, string | undefined> = {
  javascript: 'worker.js',
  typescript: 'worker.ts',
  auto: undefined,
};

export interface WorkerSessionOptions {
  /** The runner's. */
  channel: Channel;
  /** Ends the worker. */
  signal: AbortSignal;
}

/** One worker, between the runner that keeps it and the client that drives it. */
export class WorkerSession {
  readonly #script: ResolvedScript;
  readonly #client: WorkerClient;
  readonly #options: WorkerSessionOptions;
  readonly #over = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  readonly #port: WorkerPort;
  readonly #fromClient = new WorkerPace(CLIENT_RATE);
  readonly #fromWorker = new WorkerPace(WORKER_RATE);
  #call: OutgoingCall | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(script: ResolvedScript, client: WorkerClient, options: WorkerSessionOptions) {
    this.#script = script;
    this.#client = client;
    this.#options = options;
    this.#failed.promise.catch(() => {});
    this.#port = new WorkerPort({
      message: (event, data) => this.#tell(eventText(event, data)),
      request: (id, method, data) => this.#tell(requestText(id, method, data)),
      error: (name, message) => this.#tell(systemText('error', { name, message })),
      reply: (frame) => void this.#call!.write(frame).catch(() => {}),
    });
  }

  /** Resolves when the worker has come to its end; rejects when something else ended it. */
  async live(): Promise<void> {
    const { signal } = this.#options;
    const end = () => this.#over.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      const { runtimeId, ended } = await this.#open();
      this.#stir();
      void this.#listen();
      const begun = this.#evaluate(runtimeId);
      void this.#take(begun);
      this.#end(await Promise.race([ended, this.#failed.promise]));
    } finally {
      clearTimeout(this.#idle);
      signal.removeEventListener('abort', end);
      end();
    }
  }

  async #open(): Promise<OpenedRuntime> {
    const opened = await openOnRunner(this.#options.channel, specOf(this.#script), {
      signal: this.#over.signal,
      what: 'the worker',
    });
    this.#call = opened.call;
    return opened;
  }

  /** Runs the script's code; settles when what is sent from then on comes after it. */
  async #evaluate(runtimeId: string): Promise<void> {
    const { code, language } = this.#script;
    const filename = ENDINGS[language];
    const begun = Promise.withResolvers<void>();
    const call = this.#options.channel.call(
      RUNTIME_METHODS.eval,
      { runtimeId, code, ...(filename === undefined ? {} : { filename }) },
      { deadlineMs: LASTING, signal: this.#over.signal, onEvent: () => begun.resolve() },
    );
    call.reply
      .then(readOutcome)
      .then((outcome) => this.#evaluated(outcome))
      // What breaks it off ends the worker's other call too.
      .catch(() => {})
      .finally(() => begun.resolve());
    await begun.promise;
  }

  #evaluated({ exitReason, error }: EvalOutcome): void {
    if (exitReason !== 'Exception' && exitReason !== 'CompileError') return;
    const { name = 'Error', message = '', stack } = error ?? {};
    this.#tell(systemText('error', { name, message, ...(stack === undefined ? {} : { stack }) }));
  }

  /** What the worker says, as fast as its client takes it. */
  async #listen(): Promise<void> {
    try {
      for await (const chunk of this.#call!.data) {
        this.#port.receive(chunk);
        await this.#client.room();
        await this.#fromWorker.room(this.#over.signal);
      }
    } catch (error) {
      if (!this.#over.signal.aborted) this.#failed.reject(error);
    }
  }

  /** What the client says, as fast as the worker takes it. */
  async #take(begun: Promise<void>): Promise<void> {
    try {
      await begun;
      for await (const text of this.#client.messages) {
        this.#stir();
        const frame = this.#frameOf(text);
        if (frame) await this.#call!.write(frame);
        this.#fromClient.note();
        await this.#fromClient.room(this.#over.signal);
      }
    } catch (error) {
      // Of a client: it is not the runner's fault, whatever its code.
      const { code, message } = CofferdamError.from(error);
      const refusal = code === 'PROTOCOL_VIOLATION' ? 'INVALID_INPUT' : code;
      this.#failed.reject(new CofferdamError(refusal, message));
    }
  }

  #frameOf(text: string): Buffer | undefined {
    const message = readClientMessage(text);
    if ('event' in message) return this.#port.message(message.event, message.data);
    return this.#port.answer(message.id, message.outcome);
  }

  #tell(text: string): void {
    this.#stir();
    this.#fromWorker.note();
    this.#client.send(text);
  }

  /** A worker and a client that are silent for as long as a run may take are over. */
  #stir(): void {
    this.#idle ??= setTimeout(() => {
      const message = 'nothing was said for as long as limits.wallTime';
      this.#failed.reject(new CofferdamError('WALL_TIME_EXCEEDED', message));
    }, this.#script.limits.wallTimeMs);
    this.#idle.refresh();
  }

  #end(end: RuntimeEnd): void {
    for (const text of endTexts(end)) this.#client.send(text);
    this.#client.close('ok', end.exitReason);
  }
}

function specOf({ limits }: ResolvedScript): RuntimeSpec {
  return {
    preset: 'web',
    memoryBytes: limits.memoryBytes,
    evalTimeMs: 0,
    stretchTimeMs: limits.cpuTimeMs,
    cwd: '/',
    bindings: {
      console: false,
      fetch: false,
      files: false,
      modules: false,
      network: true,
      tools: [],
    },
  };
}
