import type { Channel } from '@cofferdam/protocol/base';
import type { Capability, RunContext } from '../../bridge/capability.ts';
import { GuestFault } from '../../bridge/capability.ts';
import { CAPABILITIES } from '../../bridge/capabilities.ts';
import { Dispatch } from '../../bridge/dispatch.ts';
import type { InsideImport, InsideImported, InsideOpen } from '../messages.ts';
import { noReach, reachOf, replaceReach } from './reach.ts';

/** Calls of a runtime are not counted: it may live for days. One of them carries at most so much. */
const PAYLOAD_BYTES = 16 * 1024 * 1024;
const UNLIMITED = Number.MAX_SAFE_INTEGER;
/** The keeper has its own, shorter bounds for what an import may take. */
const IMPORT_DEADLINE_MS = 600_000;
const MAX_SPECIFIER = 4096;
/** Imports that a guest may wait for at once. */
const MAX_IMPORTS = 1_024;
/** One for all: `abort()` makes a DOMException with a stack, 36 µs each. */
const OVER = new Error('the runtime is over');
const DETACHED = new Error('nobody has the session');

/** What one runtime's guest may ask of its host. */
export class RuntimeBridge {
  readonly calls: Dispatch;
  readonly #open: InsideOpen;
  readonly #channel: Channel;
  readonly #over = new AbortController();
  readonly #context: RunContext;
  /** Of whoever the guest's embedder is. */
  #reach = new AbortController();
  #imports = 0;

  constructor(
    open: InsideOpen,
    channel: Channel,
    { charge, capabilities }: Pick<RunContext, 'charge'> & { capabilities: Capability[] },
  ) {
    this.#open = open;
    this.#channel = channel;
    const { runtimeId, memoryBytes } = open;
    this.#context = {
      runId: runtimeId,
      limits: {
        cpuTimeMs: UNLIMITED,
        wallTimeMs: UNLIMITED,
        memoryBytes,
        outputBytes: UNLIMITED,
        bridgeCalls: UNLIMITED,
        bridgePayloadBytes: PAYLOAD_BYTES,
      },
      signal: this.#over.signal,
      state: new Map(),
      ...(open.session ? noReach() : reachOf(channel, open, this.#reach.signal)),
      charge,
    };
    this.calls = new Dispatch({
      capabilities: [...CAPABILITIES, this.#modules(), ...capabilities],
      context: this.#context,
      // The call itself is refused, which is enough: nothing else of a runtime is limited here.
      onBreach: () => {},
    });
  }

  /** The guest's embedder is another one, and so is what it gives. */
  attach(bindings: InsideOpen['bindings']): void {
    this.detach();
    const { runtimeId } = this.#open;
    const reach = reachOf(this.#channel, { runtimeId, bindings }, this.#reach.signal);
    replaceReach(this.#context, reach);
  }

  /** The guest has no embedder: what it had asked is aborted. */
  detach(): void {
    this.#reach.abort(DETACHED);
    this.#reach = new AbortController();
    replaceReach(this.#context, noReach());
  }

  close(): void {
    this.#over.abort(OVER);
    this.#reach.abort(OVER);
  }

  /** What a guest's `import()` asks. */
  #modules(): Capability {
    return {
      name: 'modules',
      async: {
        import: async (_context, { json }) => {
          const asked = readImport(json);
          if (this.#imports >= MAX_IMPORTS) {
            throw new GuestFault('Error', 'Too many imports are waiting for the host');
          }
          this.#imports++;
          try {
            return { json: { order: await this.#import(asked) } };
          } finally {
            this.#imports--;
          }
        },
      },
    };
  }

  async #import(asked: Omit<InsideImport, 'runtimeId'>): Promise<string> {
    const { runtimeId } = this.#open;
    const question: InsideImport = { ...asked, runtimeId };
    const call = this.#channel.call('import', question, {
      deadlineMs: IMPORT_DEADLINE_MS,
      signal: this.#reach.signal,
    });
    const answer = (await call.reply) as InsideImported;
    if ('order' in answer) return JSON.stringify(answer.order);
    throw new GuestFault(answer.error.name, answer.error.message);
  }
}

function readImport(json: unknown): Omit<InsideImport, 'runtimeId'> {
  const { importer, specifier } = Object(json) as Partial<InsideImport>;
  if (!Number.isSafeInteger(importer) || typeof specifier !== 'string') {
    throw new GuestFault('TypeError', 'The import is malformed');
  }
  if (specifier.length > MAX_SPECIFIER || specifier === '') {
    throw new GuestFault('TypeError', 'The name of the module is empty or too long');
  }
  return { importer: importer!, specifier };
}
