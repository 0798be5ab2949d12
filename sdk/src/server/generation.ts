import { CofferdamError } from '@cofferdam/protocol';
import type { Connection } from '../connection/connection.ts';
import { openRuntime, type OpenContext } from '../host/open-runtime.ts';
import type { Runtime } from '../host/runtime.ts';
import type { HandleOptions, RequestResult } from './types.ts';
import { Handling } from './handling.ts';
import type { AppServerOptions } from './options.ts';
import { Sockets } from './sockets.ts';

/** One runtime of a server's: what it serves, until it has served that. */
export class Generation {
  readonly runtime: Runtime;
  readonly sockets: Sockets;
  readonly #connection: Connection;
  readonly #idle = Promise.withResolvers<void>();
  #requests = 0;
  #isDraining = false;

  constructor(runtime: Runtime, sockets: Sockets, connection: Connection) {
    this.runtime = runtime;
    this.sockets = sockets;
    this.#connection = connection;
  }

  get requests(): number {
    return this.#requests;
  }

  async handle(request: Request, options: HandleOptions): Promise<RequestResult> {
    const { ended, scope } = this.runtime;
    const { requestId = crypto.randomUUID(), metadata = {}, signal } = options;
    const handling = new Handling(request, {
      ...{ requestId, metadata, signal, scope },
      connection: this.#connection,
      onOver: () => this.#left(),
    });
    this.#requests++;
    if (ended) {
      handling.over();
      throw ended;
    }
    const { head, response } = await handling.begin();
    if (head.connectionId === undefined) return { type: 'response', response: response() };
    const { connectionId } = head;
    handling.over();
    this.sockets.name(connectionId);
    const headers = new Headers(head.headers);
    return { type: 'websocket', upgradeData: { requested: true, connectionId, headers } };
  }

  /** Ends the runtime when it has answered what it was asked, or now; connections are closed either way. */
  async retire(reason: string, { now }: { now: boolean }): Promise<void> {
    const closed = this.sockets.end(reason);
    this.#isDraining = true;
    if (this.#requests === 0) this.#idle.resolve();
    if (!now) {
      await closed;
      await this.#idle.promise;
    }
    await this.runtime.dispose({ reason });
  }

  #left(): void {
    this.#requests--;
    if (this.#isDraining && this.#requests === 0) this.#idle.resolve();
  }
}

/** Evaluates the entry in a runtime of its own. Rejects as the eval does, or where it did not call `serve`. */
export async function openGeneration(
  { entry, entryFilename, webSockets, runtime: options }: AppServerOptions,
  context: OpenContext,
): Promise<Generation> {
  let isServing = false;
  const onPost = (event: string) => {
    if (event === 'server') isServing = true;
  };
  const runtime = await openRuntime({ ...options, hooks: { onPost } }, context);
  try {
    const code = `import ${JSON.stringify(entry)};`;
    await runtime.eval(code, entryFilename === undefined ? {} : { filename: entryFilename });
    if (!isServing) {
      throw new CofferdamError('INVALID_INPUT', `the entry '${entry}' did not call serve`);
    }
  } catch (error) {
    await runtime.dispose({ reason: 'its entry could not be served' });
    throw error;
  }
  const { connection } = context;
  const sockets = new Sockets({ connection, runtimeId: runtime.id, handlers: webSockets });
  return new Generation(runtime, sockets, connection);
}
