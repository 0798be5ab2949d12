import { CofferdamError } from '@cofferdam/protocol';
import { bindingHandlers } from '../bindings/handlers.ts';
import type { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import { connectDaemon } from '../connection/daemon.ts';
import { connectGateway } from '../connection/gateway.ts';
import { IsolateSlots } from './isolate-slots.ts';
import { openPrefix } from './open-prefix.ts';
import { readPrefixOptions, readSandboxOptions, type PrefixOptions } from './options.ts';
import { SandboxPrefix } from './sandbox-prefix.ts';
import type {
  CreateSandboxOptions,
  PrecompileOptions,
  Prefix,
  Sandbox,
  SandboxGlobals,
} from './types.ts';

/**
 * Connects to where isolates are, as `createIsolateHost` does, and rejects as that does. For code that
 * is run often behind the same globals and libraries: each run has an isolate of its own, in which
 * they are there already.
 */
export async function createSandbox(options?: CreateSandboxOptions): Promise<Sandbox> {
  const { maxIsolates, daemon = {}, gateway } = readSandboxOptions(options);
  const scopes = new Map<string, BindingScope>();
  const handlers = bindingHandlers(scopes);
  const connection = gateway
    ? await connectGateway(gateway, handlers)
    : await connectDaemon(daemon, handlers);
  return new IsolateSandbox(connection, scopes, maxIsolates);
}

interface Ending {
  end(why: string): Promise<void>;
}

class IsolateSandbox implements Sandbox {
  readonly #connection: Connection;
  readonly #scopes: Map<string, BindingScope>;
  readonly #slots: IsolateSlots;
  readonly #prefixes = new Set<Ending>();
  readonly #over = new AbortController();
  #disposing: Promise<void> | undefined;

  constructor(connection: Connection, scopes: Map<string, BindingScope>, maxIsolates: number) {
    this.#connection = connection;
    this.#scopes = scopes;
    this.#slots = new IsolateSlots(maxIsolates);
  }

  async precompile<G extends SandboxGlobals = Record<string, never>>(
    given?: PrecompileOptions<G>,
  ): Promise<Prefix<G>> {
    const options = readPrefixOptions(given);
    this.#over.signal.throwIfAborted();
    const release = this.#connection.hold();
    try {
      return await this.#open<G>(options);
    } catch (error) {
      throw this.#over.signal.reason ?? error;
    } finally {
      release();
    }
  }

  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #open<G extends SandboxGlobals>(options: PrefixOptions): Promise<Prefix<G>> {
    const cancel = new AbortController();
    const signal = AbortSignal.any([cancel.signal, this.#over.signal]);
    const prefixId = await openPrefix(this.#connection, options, signal);
    const prefix = new SandboxPrefix<G>({
      ...{ connection: this.#connection, scopes: this.#scopes, slots: this.#slots },
      ...{ prefixId, options },
      cancel: () => {
        this.#prefixes.delete(prefix);
        cancel.abort();
      },
    });
    this.#prefixes.add(prefix);
    return prefix;
  }

  async #dispose(): Promise<void> {
    const why = 'the sandbox was disposed of';
    const over = new CofferdamError('RUNTIME_ENDED', why);
    this.#slots.close(over);
    const ended = [...this.#prefixes].map((prefix) => prefix.end(why));
    this.#over.abort(over);
    await Promise.all(ended);
    await this.#connection.close();
  }
}
