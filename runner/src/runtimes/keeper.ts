import type { CallHandler, Channel, Layer } from '@cofferdam/protocol';
import { Compiler } from '../compiler/client.ts';
import type { EarlyProcesses } from './early-processes.ts';
import { EmbedderConnection } from './embedder-connection.ts';
import { ProcessPool } from './process-pool.ts';
import { OwnerSessions, type SessionWatch } from './sessions/owner-sessions.ts';

export interface RuntimeKeeperOptions {
  /** Compiles for every owner. Default: each owner has a compiler process of its own. */
  compiler?: Compiler;
  /** Runtimes of one connection that share a process. Default 8. */
  runtimesPerProcess?: number;
  /** What stands between a guest and the machine. Default: an isolate in a process. */
  layers?: readonly Layer[];
  /** The connection to egress, for runtimes that have a ticket. Default: there is none, and no ticket is taken. */
  egress?: () => Channel;
  /** Bytes that isolates may take that one connection has ahead of runs. Default 256 MiB. */
  spareBytes?: number;
  /** Told of each session that begins and ends. Default: nobody is. */
  sessionWatch?: SessionWatch;
}

/** Handlers for one embedder's connection. */
export interface KeeperConnection {
  readonly handlers: Record<string, CallHandler>;
  /** Disposes of all runtimes of the connection; to be called when it has ended. */
  close(): Promise<void>;
}

const LAYERS: readonly Layer[] = ['isolate', 'process'];
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
  readonly #sessions = new Map<string, OwnerSessions>();
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

  /** Runtimes that live, sessions too. */
  get runtimes(): number {
    const holders = [...this.#connections, ...this.#sessions.values()];
    return holders.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Serves an embedder: the handlers go into the channel with it, which `channelOf` answers. Owners
   * share what was compiled with themselves alone. Sessions are `sessionOwner`'s: they outlive the
   * connection, and whichever comes next with the same one may have them. Default: the owner.
   */
  connect(channelOf: () => Channel, owner: string, sessionOwner = owner): KeeperConnection {
    const shared = this.#compilerOf(owner);
    const connection = new EmbedderConnection({
      channel: channelOf,
      compiler: shared.compiler,
      pool: this.#pool,
      layers: this.#options.layers ?? LAYERS,
      egress: this.#options.egress,
      spareBytes: this.#options.spareBytes ?? SPARE_BYTES,
      sessions: this.#sessionsOf(sessionOwner),
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
    for (const sessions of this.#sessions.values()) sessions.close();
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

  #sessionsOf(owner: string): OwnerSessions {
    const known = this.#sessions.get(owner);
    if (known) return known;
    const { layers = LAYERS, egress, sessionWatch: watch } = this.#options;
    const made = new OwnerSessions({ pool: this.#pool, layers, egress, watch });
    this.#sessions.set(owner, made);
    return made;
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
