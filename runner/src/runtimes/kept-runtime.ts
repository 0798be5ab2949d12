import {
  BindingFetchSchema,
  BindingWebSocketSchema,
  CofferdamError,
  FetchHeadSchema,
  FilesAnswerSchema,
  FilesQuerySchema,
  LASTING,
  parser,
  RUNTIME_METHODS,
  WebSocketHeadSchema,
  type Channel,
  type GuestError,
  type IncomingCall,
  type OutgoingCall,
  type Preset,
  type RuntimeEnd,
  type RuntimeFigures,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import { filesOverChannel, serveFilesExchange } from '../bridge/directory/over-channel.ts';
import { serveExchange } from '../bridge/fetch/over-channel.ts';
import type { Compiler } from '../compiler/client.ts';
import type { Failure } from '../engines/isolate/verdict.ts';
import { BrowserCalls } from './browser-calls.ts';
import { Embedder } from './embedder.ts';
import type { InsideOpen, InsideRuntimeFigures } from './messages.ts';
import { ModuleGraph, type GraphStart } from './module-graph.ts';
import { ModuleDelivery } from './module-delivery.ts';
import { RequestTickets } from './request-tickets.ts';
import { readEnd, readImport, readRuntimeFigures } from './read-inside.ts';
import { RuntimeEvals } from './runtime-evals.ts';
import { isServer, RuntimeServer } from './runtime-server.ts';
import type { RuntimeProcess, Seated } from './runtime-process.ts';
import { SourcePositions } from './source-positions.ts';
import { WayOut } from './way-out.ts';

export interface KeptRuntimeOptions {
  runtimeId: string;
  spec: RuntimeSpec;
  process: RuntimeProcess;
  compiler: Compiler;
  /** The embedder's connection. */
  channel: () => Channel;
  /** The connection to egress, where there is one. */
  egress?: (() => Channel) | undefined;
  /** Of an isolate for one run: what it has evaluated by then. */
  prefix?: RuntimePrefix;
  /** Its embedders come and go: `spec.bindings`, `compiler` and `channel` are those of each. */
  session?: boolean;
}

export interface RuntimePrefix {
  readonly prefixId: string;
  /** What its modules have taken. */
  readonly end: GraphStart;
  /** Has errors say where in it they are. */
  note(positions: SourcePositions): void;
}

/** A runtime's port on the embedder's side. */
export type PortCall = Pick<IncomingCall, 'data' | 'write' | 'signal'>;

/** What a process may take to say that it ends a runtime: its main thread runs no guest code. */
const STOP_MS = 1_000;
/** The same where its run is done: its place is needed by nobody so soon. */
const DONE_STOP_MS = 5_000;
/** What a guest has sent before its end may take so long to leave. */
const FLUSH_MS = 1_000;

/** Of the one preset whose promises are not frozen. */
export function offersAsyncContext(preset: Preset): boolean {
  return preset === 'web';
}

const parseFetch = parser(BindingFetchSchema, 'PROTOCOL_VIOLATION');
const parseFilesQuery = parser(FilesQuerySchema, 'PROTOCOL_VIOLATION');
const parseFilesAnswer = parser(FilesAnswerSchema, 'PROTOCOL_VIOLATION');
const parseHead = parser(FetchHeadSchema, 'PROTOCOL_VIOLATION');
const parseWebSocket = parser(BindingWebSocketSchema, 'PROTOCOL_VIOLATION');
const parseWebSocketHead = parser(WebSocketHeadSchema, 'PROTOCOL_VIOLATION');

/** One runtime from outside: its port, what it asks of its embedder, and how it ends. */
export class KeptRuntime implements Seated {
  readonly runtimeId: string;
  readonly memoryBytes: number;
  readonly evals: RuntimeEvals;
  /** What a guest that serves answers. */
  readonly server: RuntimeServer;
  /** Settles with the end, whoever or whatever brought it about. */
  readonly ended: Promise<RuntimeEnd>;
  figures: InsideRuntimeFigures;
  readonly #ended = Promise.withResolvers<RuntimeEnd>();
  readonly #options: KeptRuntimeOptions;
  readonly #graph: ModuleGraph;
  readonly #browserCalls = new BrowserCalls();
  readonly #tickets: RequestTickets | undefined;
  #over = new AbortController();
  #wayOut: WayOut;
  /** What the prefix threw, where that was its end. */
  failure: GuestError | undefined;
  #end: RuntimeEnd | undefined;
  /** Why it is being stopped, should its process not be able to say so. */
  #told: RuntimeEnd | undefined;
  #fetches = 0;

  constructor(options: KeptRuntimeOptions) {
    const { runtimeId, spec, process, channel, prefix } = options;
    this.#options = options;
    if (isServer(spec) && spec.egress) this.#tickets = new RequestTickets({ runtimeId, channel });
    this.#wayOut = this.#newWayOut();
    this.runtimeId = runtimeId;
    this.memoryBytes = spec.memoryBytes;
    this.figures = { runtimeId, cpuTimeMs: 0, recentCpuMs: 0, heapBytes: 0 };
    this.ended = this.#ended.promise;
    const positions = new SourcePositions();
    prefix?.note(positions);
    const embedder = new Embedder(channel, runtimeId);
    this.#graph = new ModuleGraph({
      ...{ embedder, positions },
      get compiler() {
        return options.compiler;
      },
      get hasModules() {
        return spec.bindings.modules;
      },
      get hasHost() {
        return spec.features?.includes('host') === true;
      },
      offersAsyncContext: offersAsyncContext(spec.preset),
      // A server's code has to say from the start which request it serves.
      behind: prefix?.end ?? (isServer(spec) ? { lastId: 0, asyncContext: true } : undefined),
    });
    this.server = new RuntimeServer({
      spec,
      channel: process.channel,
      ended: this.ended,
      discard: () => process.discard(),
      tickets: this.#tickets,
    });
    this.evals = new RuntimeEvals({
      spec,
      positions,
      modules: new ModuleDelivery(this.#graph, process.channel, runtimeId),
      stop: (reason, message) => this.stop(reason, message),
      discard: () => process.discard(),
      ended: this.ended,
    });
  }

  /** How it ended, or why it is being ended. */
  get ending(): RuntimeEnd | undefined {
    return this.#end ?? this.#told;
  }

  /** Lives until the runtime ends, and answers how; the bytes of `call` are the port. */
  async live(call: PortCall, onOpen: (event: unknown) => void): Promise<RuntimeEnd> {
    const { process, spec, prefix, session } = this.#options;
    const { runtimeId } = this;
    const { preset, memoryBytes, stretchTimeMs, bindings, features } = spec;
    const task: InsideOpen = {
      ...{ runtimeId, preset, memoryBytes, stretchTimeMs, bindings },
      ...(prefix && { prefixId: prefix.prefixId }),
      ...(features && { features }),
      ...(session && { session }),
    };
    process.seat(this);
    const inner = process.channel.call('open', task, { deadlineMs: LASTING, onEvent: onOpen });
    const dispose = () => this.stop('Cancelled', 'The runtime was disposed of');
    call.signal.addEventListener('abort', dispose, { once: true });
    if (call.signal.aborted) dispose();
    pump(call.data, inner).then(() => inner.end(), dispose);
    const flushed = pump(inner.data, call).catch(() => {});
    inner.reply.then(
      (answer) => this.#answered(answer),
      (error: unknown) => this.#failed(CofferdamError.from(error)),
    );
    const end = await this.ended;
    await Promise.race([flushed, elapsed(FLUSH_MS)]);
    return end;
  }

  /** Has the guest ended for this reason, whatever it is doing. */
  stop(exitReason: Failure, message: string): void {
    if (this.#end || this.#told) return;
    this.#told = { exitReason, message };
    const { process } = this.#options;
    const ending = { runtimeId: this.runtimeId, exitReason, message };
    const isDone = this.#options.prefix && exitReason === 'Cancelled';
    const deadlineMs = isDone ? DONE_STOP_MS : STOP_MS;
    const call = process.channel.call('end', ending, { deadlineMs });
    call.reply.catch(() => process.kill(exitReason, true));
  }

  /** Ends whatever of its embedder's is under way. */
  cutOff(): void {
    this.#over.abort();
    this.#over = new AbortController();
    this.#wayOut = this.#newWayOut();
  }

  #newWayOut(): WayOut {
    return new WayOut({ ...this.#options, signal: this.#over.signal, tickets: this.#tickets });
  }

  lost(end: RuntimeEnd): void {
    this.#finish(this.#told ?? end);
  }

  async readFigures(): Promise<RuntimeFigures> {
    const { runtimeId } = this;
    const { channel } = this.#options.process;
    const call = channel.call('measure', { runtimeId }, { deadlineMs: STOP_MS });
    const measured = await call.reply.then(readRuntimeFigures, () => undefined);
    if (measured && !this.#end) this.figures = measured;
    const { cpuTimeMs, heapBytes } = this.figures;
    const counts = { evals: this.evals.count, fetches: this.#fetches, modules: this.#graph.size };
    return { cpuTimeMs, heapBytes, ...counts };
  }

  serve(call: IncomingCall): unknown {
    if (call.method === RUNTIME_METHODS.files) return this.#files(call);
    if (call.method === RUNTIME_METHODS.browser) return this.#browser(call);
    if (call.method === RUNTIME_METHODS.webSocket) return this.#webSocket(call);
    if (call.method !== 'import') return this.#fetch(call);
    const asked = readImport(call.payload);
    if (!asked) throw new CofferdamError('PROTOCOL_VIOLATION');
    return this.evals.import(asked, call.signal);
  }

  async #fetch(call: IncomingCall): Promise<unknown> {
    this.#fetches++;
    const stream = await this.#wayOut.fetch(parseFetch(call.payload));
    return serveExchange(call, { ...stream, head: stream.head.then(parseHead) });
  }

  async #webSocket(call: IncomingCall): Promise<unknown> {
    const stream = await this.#wayOut.webSocket(parseWebSocket(call.payload));
    return serveExchange(call, { ...stream, head: stream.head.then(parseWebSocketHead) });
  }

  async #files(call: IncomingCall): Promise<unknown> {
    const { channel, spec } = this.#options;
    if (!spec.bindings.files) throw new CofferdamError('FORBIDDEN');
    const query = parseFilesQuery(call.payload);
    const exchange = filesOverChannel(channel(), query, this.#over.signal);
    return parseFilesAnswer(await serveFilesExchange(call, exchange));
  }

  #browser(call: IncomingCall): Promise<unknown> {
    const { channel, spec } = this.#options;
    if (!spec.bindings.browser) throw new CofferdamError('FORBIDDEN');
    return this.#browserCalls.serve(call, channel(), this.#over.signal);
  }

  #answered(answer: unknown): void {
    const end = readEnd(answer);
    const { process } = this.#options;
    if (!end) return process.discard();
    const { exitReason, message, cpuTimeMs, doomed, error } = end;
    this.failure = error;
    this.figures = { ...this.figures, cpuTimeMs };
    process.leave(this.runtimeId);
    this.#finish({ exitReason, message });
    if (doomed && exitReason !== 'Completed') process.kill(exitReason, true);
  }

  /** A process that is gone says by {@link lost} what that means. */
  #failed({ code }: CofferdamError): void {
    if (code === 'CONNECTION_LOST') return;
    this.#options.process.leave(this.runtimeId);
    this.#finish({ exitReason: 'EngineCrash', message: 'The runtime could not be opened' });
  }

  #finish(end: RuntimeEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#over.abort();
    this.#ended.resolve(end);
  }
}

async function pump(from: AsyncIterable<Buffer>, to: Pick<OutgoingCall, 'write'>): Promise<void> {
  // eslint-disable-next-line no-await-in-loop -- one piece after the other is what a stream is
  for await (const chunk of from) await to.write(chunk);
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
