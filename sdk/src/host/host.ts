import { CofferdamError } from '@cofferdam/protocol';
import { bindingHandlers } from '../bindings/handlers.ts';
import type { BindingScope } from '../bindings/scope.ts';
import { connectDaemon } from '../connection/daemon.ts';
import type { Connection } from '../connection/connection.ts';
import { connectGateway } from '../connection/gateway.ts';
import { readHostOptions } from '../options/host-options.ts';
import { readRuntimeOptions } from '../options/runtime-options.ts';
import type {
  CreateIsolateHostOptions,
  CreateRuntimeOptions,
  HostDiagnostics,
  IsolateHost,
  ScriptRuntime,
} from '../types.ts';
import { openRuntime } from './open-runtime.ts';

/**
 * Connects to the gateway that is named, or to the daemon that keeps this user's runtimes, and starts
 * that where none runs. The daemon
 * ends by itself when nobody has been connected for a while. A host that nobody waits for keeps no
 * process alive: one that ends without `close()` ends its runtimes too.
 *
 * Rejects with a CofferdamError: `INVALID_INPUT` names an option that is wrong, `UNAVAILABLE` says why
 * there is no daemon or gateway, `DEADLINE_EXCEEDED` that it did not answer in time, `PROTOCOL_VIOLATION` that
 * what answers is no daemon or one of another version, `INVALID_CONFIG` that the socket's place is
 * not safe.
 */
export async function createIsolateHost(options?: CreateIsolateHostOptions): Promise<IsolateHost> {
  const { daemon = {}, gateway } = readHostOptions(options);
  const scopes = new Map<string, BindingScope>();
  const handlers = bindingHandlers(scopes);
  const connection = gateway
    ? await connectGateway(gateway, handlers)
    : await connectDaemon(daemon, handlers);
  return new Host(connection, scopes);
}

class Host implements IsolateHost {
  readonly #connection: Connection;
  readonly #scopes: Map<string, BindingScope>;
  readonly #runtimes = new Set<ScriptRuntime>();
  #connected = true;
  #closing: Promise<void> | undefined;

  constructor(connection: Connection, scopes: Map<string, BindingScope>) {
    this.#connection = connection;
    this.#scopes = scopes;
    void connection.channel.closed.then(() => (this.#connected = false));
  }

  async createRuntime(options?: CreateRuntimeOptions): Promise<ScriptRuntime> {
    const read = readRuntimeOptions(options);
    if (this.#closing) throw new CofferdamError('CONNECTION_LOST', 'the host is closed');
    if (!this.#connected) {
      const message = `the connection to ${this.#connection.description} has ended`;
      throw new CofferdamError('CONNECTION_LOST', message);
    }
    return await openRuntime(read, {
      connection: this.#connection,
      scopes: this.#scopes,
      runtimes: this.#runtimes,
    });
  }

  async diagnostics(): Promise<HostDiagnostics> {
    return { runtimes: this.#runtimes.size, servers: 0, connected: this.#connected };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const reason = 'the host was closed';
    await Promise.all([...this.#runtimes].map((runtime) => runtime.dispose({ reason })));
    await this.#connection.close();
  }
}
