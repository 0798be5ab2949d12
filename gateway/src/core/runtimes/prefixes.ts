import {
  applyPoolLimits,
  CofferdamError,
  parser,
  PREFIX_METHODS,
  PrefixEndSchema,
  PrefixOpenedSchema,
  PrefixOutcomeSchema,
  PrefixRunSchema,
  PrefixRunStartedSchema,
  PrefixSpecSchema,
  relayCall,
  type CallHandler,
  type IncomingCall,
  type PrefixSpec,
  type ResolvedPool,
} from '@cofferdam/protocol';
import type { RunnerLease } from '../runners/registry.ts';
import type { EmbedderOptions } from './embedder.ts';

const VIOLATION = 'PROTOCOL_VIOLATION';
const readSpec = parser(PrefixSpecSchema);
const readRun = parser(PrefixRunSchema);
const readOpened = parser(PrefixOpenedSchema, VIOLATION);
const readStarted = parser(PrefixRunStartedSchema, VIOLATION);
const readOutcome = parser(PrefixOutcomeSchema, VIOLATION);
const readEnd = parser(PrefixEndSchema, VIOLATION);

interface OpenPrefix {
  lease: RunnerLease;
  pool: ResolvedPool;
  /** What its runs may have at most. */
  memoryBytes: number;
}

/** The prefixes of one embedder: each is in a runner of its tenant, and so are its runs. */
export class EmbedderPrefixes {
  readonly #options: EmbedderOptions;
  readonly #prefixes = new Map<string, OpenPrefix>();

  constructor(options: EmbedderOptions) {
    this.#options = options;
  }

  get handlers(): Record<string, CallHandler> {
    return {
      [PREFIX_METHODS.open]: (call) => this.#open(call),
      [PREFIX_METHODS.run]: (call) => this.#run(call),
    };
  }

  async #open(call: IncomingCall): Promise<unknown> {
    const pool = this.#options.pool();
    const asked = this.#allowed(readSpec(call.payload));
    const { memoryBytes } = applyPoolLimits({ memoryBytes: asked.memoryBytes }, pool);
    const leave = this.#options.enter();
    try {
      const lease = await this.#options.acquire(pool, call);
      try {
        return await this.#keep(call, { lease, pool, memoryBytes }, { ...asked, memoryBytes });
      } finally {
        lease.release();
      }
    } finally {
      leave();
    }
  }

  async #keep(call: IncomingCall, prefix: OpenPrefix, spec: PrefixSpec): Promise<unknown> {
    const { lease } = prefix;
    let id: string | undefined;
    const onEvent = (event: unknown) => {
      const { prefixId } = readOpened(event);
      if (id !== undefined || this.#prefixes.has(prefixId)) {
        throw new CofferdamError(VIOLATION, 'a prefix opened twice');
      }
      id = prefixId;
      this.#prefixes.set(prefixId, prefix);
      // What stands around the runner is known from before any guest ran in it.
      call.emit({ prefixId, layers: ['isolate', ...lease.layers] });
    };
    try {
      return await relayed(call, lease, { payload: spec, onEvent, read: readEnd });
    } finally {
      if (id !== undefined) this.#prefixes.delete(id);
    }
  }

  async #run(call: IncomingCall): Promise<unknown> {
    const asked = readRun(call.payload);
    const prefix = this.#prefixes.get(asked.prefixId);
    if (!prefix) throw new CofferdamError('RUNTIME_ENDED', 'the prefix was disposed of');
    const { lease, pool, memoryBytes: most } = prefix;
    const { cpuTimeMs, wallTimeMs, memoryBytes } = asked;
    const limits = applyPoolLimits({ cpuTimeMs, wallTimeMs, memoryBytes }, pool);
    const payload = {
      ...asked,
      cpuTimeMs: limits.cpuTimeMs,
      wallTimeMs: limits.wallTimeMs,
      memoryBytes: Math.min(most, limits.memoryBytes),
    };
    const { routes, channel, enter } = this.#options;
    let id: string | undefined;
    const onEvent = (event: unknown) => {
      if (id !== undefined) throw new CofferdamError(VIOLATION, 'a run began twice');
      const { runtimeId } = readStarted(event);
      routes.add(lease.channel, runtimeId, channel());
      id = runtimeId;
      call.emit({ runtimeId });
    };
    const leave = enter();
    try {
      return await relayed(call, lease, { payload, onEvent, read: readOutcome });
    } finally {
      leave();
      if (id !== undefined) routes.delete(lease.channel, id);
    }
  }

  #allowed(spec: PrefixSpec): PrefixSpec {
    if (this.#options.allowsBindings || (!spec.fetch && spec.functions.length === 0)) return spec;
    const message = 'this gateway lets no guest call functions of its client: only data is allowed';
    throw new CofferdamError('FORBIDDEN', message);
  }
}

interface RelayedOptions {
  payload: unknown;
  onEvent: (event: unknown) => void;
  /** Checks the answer. */
  read: (answer: unknown) => unknown;
}

/** A runner that breaks the protocol is dropped, with whatever else it keeps. */
async function relayed(
  call: IncomingCall,
  lease: RunnerLease,
  { read, ...options }: RelayedOptions,
): Promise<unknown> {
  try {
    return read(await relayCall(call, lease.channel, options));
  } catch (error) {
    const { code, message } = CofferdamError.from(error);
    if (code === VIOLATION) lease.drop(`a prefix: ${message}`);
    throw error;
  }
}
