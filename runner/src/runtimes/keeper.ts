import type { CallHandler, Channel, Layer } from '@cofferdam/protocol';
import { Compiler } from '../compiler/client.ts';
import type { EarlyProcesses } from './early-processes.ts';
import { EmbedderConnection } from './embedder-connection.ts';
import { ProcessPool } from './process-pool.ts';

export interface RuntimeKeeperOptions {
  /** Compiles for every owner. Default: each owner has a compiler process of its own. */
  compiler?: Compiler;
  /** Runtimes of one connection that share a process. Default 8. */
  runtimesPerProcess?: number;
  /** What stands between a guest and the machine. Default: an isolate in a process. */
  layers?: readonly Layer[];
  /** Bytes that isolates may take that one connection has ahead of runs. Default 256 MiB. */
  spareBytes?: number;
}

/** Handlers for one embedder's connection. */
export interface KeeperConnection {
  readonly handlers: Record<string, CallHandler>;
  /** Disposes of all runtimes of the connection; to be called when it has ended. */
  close(): Promise<void>;
}

const SPARE_BYTES = 256 * 1024 * 1024;

interface Shared {
  compiler: Compiler;
  connections: number;
}

/** Keeps stateful guests for embedders, each in processes that serve nobody else. */
export class RuntimeKeeper {
  readonly #options: RuntimeKeeperOptions;
  readonly #pool: ProcessPool;
  readonly #compilers = new Map<string, Shared>();
  readonly #connections = new Set<EmbedderConnection>();
  /** Of the first owner who has none. */
  #early: Compiler | undefined;

  constructor(options: RuntimeKeeperOptions = {}) {
    this.#options = options;
    this.#pool = new ProcessPool(options.runtimesPerProcess ?? 8);
  }

  /** Starts a process ahead of the first runtime, or takes those that are starting: once, at the beginning. */
  warm(early?: EarlyProcesses): void {
    this.#pool.warm(early?.runtime);
    this.#options.compiler?.warm();
    if (!early) return;
    this.#early = new Compiler(early.compiler);
    this.#early.warm();
  }

  /** Processes that run or await guests. */
  get pids(): number[] {
    return this.#pool.pids;
  }

  /** Runtimes that live. */
  get runtimes(): number {
    return [...this.#connections].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Serves an embedder: the handlers go into the channel with it, which `channelOf` answers. Owners
   * share what was compiled with themselves alone.
   */
  connect(channelOf: () => Channel, owner: string): KeeperConnection {
    const shared = this.#compilerOf(owner);
    const connection = new EmbedderConnection({
      channel: channelOf,
      compiler: shared.compiler,
      pool: this.#pool,
      layers: this.#options.layers ?? ['isolate', 'process'],
      spareBytes: this.#options.spareBytes ?? SPARE_BYTES,
    });
    this.#connections.add(connection);
    return {
      handlers: connection.handlers,
      close: async () => {
        if (!this.#connections.delete(connection)) return;
        await connection.close();
        await this.#release(owner, shared);
      },
    };
  }

  async close(): Promise<void> {
    const compilers = [...this.#compilers.values()].map(({ compiler }) => compiler.close());
    const connections = [...this.#connections].map((connection) => connection.close());
    await Promise.all([...compilers, ...connections, this.#early?.close(), this.#pool.close()]);
  }

  #compilerOf(owner: string): Shared {
    const { compiler } = this.#options;
    if (compiler) return { compiler, connections: 0 };
    const shared = this.#compilers.get(owner) ?? { compiler: this.#newCompiler(), connections: 0 };
    shared.connections++;
    shared.compiler.warm();
    this.#compilers.set(owner, shared);
    return shared;
  }

  #newCompiler(): Compiler {
    const compiler = this.#early ?? new Compiler();
    this.#early = undefined;
    return compiler;
  }

  async #release(owner: string, shared: Shared): Promise<void> {
    if (this.#compilers.get(owner) !== shared || --shared.connections > 0) return;
    this.#compilers.delete(owner);
    await shared.compiler.close();
  }
}
