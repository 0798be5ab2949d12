import { CofferdamError } from '@cofferdam/protocol';
import { bindingHandlers } from '../bindings/handlers.ts';
import type { BindingScope } from '../bindings/scope.ts';
import { connectDaemon } from '../connection/daemon.ts';
import type { Connection } from '../connection/connection.ts';
import { connectGateway } from '../connection/gateway.ts';
import { readHostOptions } from '../options/host-options.ts';
import { readRuntimeOptions, type RuntimeOptions } from '../options/runtime-options.ts';
import type {
  CreateIsolateHostOptions,
  CreateRuntimeOptions,
  HostDiagnostics,
  IsolateHost,
  ScriptRuntime,
} from '../types.ts';
import { NestedHosts } from '../nested/nested-hosts.ts';
import { Namespaces } from '../sessions/namespace.ts';
import { endSession, openSession } from '../sessions/open-session.ts';
import { readDisposeNamespaceOptions, readKey, readSessionOptions } from '../sessions/options.ts';
import type {
  DisposeNamespaceOptions,
  NamespacedRuntime,
  NamespacedRuntimeOptions,
} from '../sessions/types.ts';
import { Servers } from '../server/servers.ts';
import type { AppServer, CreateAppServerOptions } from '../server/types.ts';
import { TestListeners } from '../tests/test-listeners.ts';
import { OpenTestRuntime, readTestRuntimeOptions } from '../tests/test-runtime.ts';
import type { CreateTestRuntimeOptions, TestRuntime } from '../tests/types.ts';
import { openRuntime, type OpenContext, type RuntimeHooks } from './open-runtime.ts';
import type { Runtime } from './runtime.ts';

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
  readonly #namespaces = new Namespaces();
  readonly #servers = new Servers();
  readonly #nested = new NestedHosts({
    context: () => this.#context(),
    servers: this.#servers,
    namespaces: this.#namespaces,
  });
  #connected = true;
  /** Why the connection has ended, where it was not this host that ended it. */
  #why: CofferdamError | undefined;
  #closing: Promise<void> | undefined;

  constructor(connection: Connection, scopes: Map<string, BindingScope>) {
    this.#connection = connection;
    this.#scopes = scopes;
    void connection.channel.closed.then((why) => {
      this.#connected = false;
      this.#why = why;
    });
  }

  async createRuntime(options?: CreateRuntimeOptions): Promise<ScriptRuntime> {
    return await this.#open(readRuntimeOptions(options));
  }

  async createTestRuntime(options?: CreateTestRuntimeOptions): Promise<TestRuntime> {
    const read = readTestRuntimeOptions(options);
    const listeners = new TestListeners();
    const onPost = (event: string, value: unknown) => listeners.take(event, value);
    return new OpenTestRuntime(await this.#open({ ...read, hooks: { onPost } }), listeners);
  }

  async createAppServer(options: CreateAppServerOptions): Promise<AppServer> {
    return await this.#servers.create(options, () => this.#context());
  }

  async diagnostics(): Promise<HostDiagnostics> {
    return {
      runtimes: this.#runtimes.size,
      servers: this.#servers.size,
      connected: this.#connected,
    };
  }

  async getNamespacedRuntime(
    key: string,
    options?: NamespacedRuntimeOptions,
  ): Promise<NamespacedRuntime> {
    const name = readKey(key);
    const read = readSessionOptions(options);
    return await openSession(name, read, { ...this.#context(), namespaces: this.#namespaces });
  }

  async disposeNamespace(key: string, options?: DisposeNamespaceOptions): Promise<void> {
    const name = readKey(key);
    const { reason } = readDisposeNamespaceOptions(options);
    const { connection } = this.#context();
    await endSession(name, reason, { connection, namespaces: this.#namespaces });
  }

  async #open(read: RuntimeOptions & { hooks?: RuntimeHooks }): Promise<Runtime> {
    return await openRuntime(read, this.#context());
  }

  /** Throws `CONNECTION_LOST` where nothing can be opened any more. */
  #context(): OpenContext {
    const connection = this.#connection;
    if (this.#closing) throw new CofferdamError('CONNECTION_LOST', 'the host is closed');
    if (!this.#connected) {
      const message = `the connection to ${connection.description} has ended`;
      throw new CofferdamError('CONNECTION_LOST', message, { cause: this.#why });
    }
    const nested = this.#nested;
    return { connection, scopes: this.#scopes, runtimes: this.#runtimes, nested };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const reason = 'the host was closed';
    await Promise.all([...this.#runtimes].map((runtime) => runtime.dispose({ reason })));
    await this.#servers.endAll(reason);
    await this.#namespaces.endAll(reason);
    await this.#connection.close();
  }
}
