import { CofferdamError } from '@cofferdam/protocol';
import type { OpenContext } from '../host/open-runtime.ts';
import { readDisposeOptions } from '../options/eval-options.ts';
import type { DisposeOptions } from '../types.ts';
import { openGeneration, type Generation } from './generation.ts';
import { readHandleOptions, readRequest, type AppServerOptions } from './options.ts';
import { socketMethods } from './sockets.ts';
import type {
  AppServer,
  AppServerDiagnostics,
  AppServerSockets,
  HandleOptions,
  RequestResult,
} from './types.ts';

/** Runtimes that still answer what they were asked before a reload; the oldest is ended beyond that. */
const MAX_DRAINING = 4;

export interface ServerContext extends OpenContext {
  onEnd(): void;
}

/** A server of a host's, whose runtime may change. */
export class GuestAppServer implements AppServer {
  readonly key: string;
  readonly ws: AppServerSockets;
  readonly #options: AppServerOptions;
  readonly #context: ServerContext;
  readonly #draining = new Set<Generation>();
  #current: Generation;
  #reloading: Promise<void> | undefined;
  #reloads = 0;
  #over: CofferdamError | undefined;
  #disposing: Promise<void> | undefined;

  constructor(current: Generation, options: AppServerOptions, context: ServerContext) {
    this.key = options.key;
    this.#current = current;
    this.#options = options;
    this.#context = context;
    this.ws = socketMethods((connectionId) =>
      [this.#current, ...this.#draining]
        .map(({ sockets }) => sockets)
        .find((sockets) => sockets.has(connectionId)),
    );
  }

  async handle(request: Request, options?: HandleOptions): Promise<RequestResult> {
    const read = readHandleOptions(options);
    const checked = readRequest(request);
    if (this.#over) throw this.#over;
    const { runtime } = this.#current;
    try {
      return await this.#current.handle(checked, read);
    } catch (error) {
      runtime.noteError(error);
      throw error;
    }
  }

  reload(reason = 'the server was reloaded'): Promise<void> {
    // One after the other: each waits for the one before it, whatever became of that.
    const reloaded = (this.#reloading ?? Promise.resolve()).then(() => this.#reload(reason));
    this.#reloading = reloaded.catch(() => {});
    return reloaded;
  }

  async dispose(options?: DisposeOptions): Promise<void> {
    const { reason = 'it was disposed of' } = readDisposeOptions(options);
    this.#disposing ??= this.#dispose(reason);
    await this.#disposing;
  }

  async diagnostics(): Promise<AppServerDiagnostics> {
    const { runtime } = this.#current;
    const all = [this.#current, ...this.#draining];
    const count = (of: (one: Generation) => number) => all.reduce((sum, one) => sum + of(one), 0);
    return {
      ...(await runtime.diagnostics()),
      key: this.key,
      activeRequests: count(({ requests }) => requests),
      connections: count(({ sockets }) => sockets.size),
      reloads: this.#reloads,
      draining: this.#draining.size,
    };
  }

  async #reload(reason: string): Promise<void> {
    if (this.#over) throw this.#over;
    const next = await openGeneration(this.#options, this.#context);
    const over = this.#over as CofferdamError | undefined;
    if (over) {
      await next.retire(over.message, { now: true });
      throw over;
    }
    const before = this.#current;
    this.#current = next;
    this.#reloads++;
    void this.#drain(before, reason);
  }

  async #drain(before: Generation, reason: string): Promise<void> {
    const [oldest] = this.#draining;
    if (oldest && this.#draining.size >= MAX_DRAINING) void oldest.retire(reason, { now: true });
    this.#draining.add(before);
    await before.retire(reason, { now: before.runtime.ended !== undefined });
    this.#draining.delete(before);
  }

  async #dispose(reason: string): Promise<void> {
    this.#over = new CofferdamError('RUNTIME_ENDED', `the server is over: ${reason}`);
    this.#context.onEnd();
    const all = [this.#current, ...this.#draining];
    await Promise.all(all.map((one) => one.retire(reason, { now: true })));
  }
}

/** Rejects as an eval does where the entry fails, and with `INVALID_INPUT` where it does not call `serve`. */
export async function openAppServer(
  options: AppServerOptions,
  context: ServerContext,
): Promise<GuestAppServer> {
  return new GuestAppServer(await openGeneration(options, context), options, context);
}
