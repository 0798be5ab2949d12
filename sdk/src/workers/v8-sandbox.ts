import { CofferdamError } from '@cofferdam/protocol';
import { bindingHandlers } from '../bindings/handlers.ts';
import type { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import { connectDaemon } from '../connection/daemon.ts';
import { connectGateway } from '../connection/gateway.ts';
import { openRuntime } from '../host/open-runtime.ts';
import { Isolate } from './isolate.ts';
import { readIsolateOptions, readSandboxOptions, type SandboxSettings } from './options.ts';
import type { IsolateOptions, SandboxIsolate, V8SandboxOptions } from './types.ts';

/** A connection, and where the bindings of its runtimes are found. */
interface Line {
  connection: Connection;
  scopes: Map<string, BindingScope>;
}

/**
 * Workers: isolates that speak with this process by messages alone. They are kept by a daemon, or in a
 * runner of a gateway's, each with limits of its own. A worker that is at rest does not keep this
 * process from ending.
 */
export class V8Sandbox {
  readonly #settings: SandboxSettings;
  readonly #isolates = new Set<Isolate>();
  #line: Promise<Line> | undefined;
  #closing: Promise<void> | undefined;

  /** Throws a CofferdamError `INVALID_INPUT`, which names the option that is wrong. */
  constructor(options?: V8SandboxOptions) {
    this.#settings = readSandboxOptions(options);
  }

  /**
   * Makes a worker; its limits are the sandbox's where it has none of its own. Rejects as
   * `createIsolateHost` does where nobody keeps workers, and with `QUEUE_FULL` beyond 1,024.
   */
  async createIsolate(options?: IsolateOptions): Promise<SandboxIsolate> {
    const spec = readIsolateOptions(options, this.#settings);
    if (this.#closing) throw closed();
    const { connection, scopes } = await this.#connected();
    const isolate: Isolate = new Isolate({
      hold: () => connection.hold(),
      log: this.#settings.log,
      onEnd: () => void this.#isolates.delete(isolate),
    });
    const { bindings, hooks } = isolate;
    const context = { connection, scopes, runtimes: new Set<never>() };
    isolate.begin(await openRuntime({ spec, bindings, hooks }, context));
    this.#isolates.add(isolate);
    if (this.#closing) {
      await isolate.destroy();
      throw closed();
    }
    this.#settings.log(`worker ${isolate.id} was made`);
    return isolate;
  }

  /** Processes over which workers are spread. */
  threadCount(): number {
    return this.#settings.threads;
  }

  /** Workers that live. */
  isolateCount(): number {
    return [...this.#isolates].filter(({ isLiving }) => isLiving).length;
  }

  /** Destroys every worker, and ends the connection; settles when that is done. */
  shutdown(): Promise<void> {
    this.#closing ??= this.#shutdown();
    return this.#closing;
  }

  async #shutdown(): Promise<void> {
    await Promise.all([...this.#isolates].map((isolate) => isolate.destroy()));
    const line = await this.#line?.catch(() => undefined);
    await line?.connection.close();
  }

  /** One for all workers, made with the first of them, and again when it has ended. */
  #connected(): Promise<Line> {
    if (!this.#line) {
      const line = this.#connect();
      const forget = () => {
        if (this.#line === line) this.#line = undefined;
      };
      line.then(({ connection }) => void connection.channel.closed.then(forget), forget);
      this.#line = line;
    }
    return this.#line;
  }

  async #connect(): Promise<Line> {
    const { daemon = {}, gateway } = this.#settings.connection;
    const scopes = new Map<string, BindingScope>();
    const handlers = bindingHandlers(scopes);
    const connection = gateway
      ? await connectGateway(gateway, handlers)
      : await connectDaemon(daemon, handlers);
    return { connection, scopes };
  }
}

function closed(): CofferdamError {
  return new CofferdamError('CONNECTION_LOST', 'the sandbox was shut down');
}
