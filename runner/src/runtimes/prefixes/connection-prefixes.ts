import {
  CofferdamError,
  parseJson,
  parser,
  PREFIX_METHODS,
  PrefixRunSchema,
  PrefixSpecSchema,
  type CallHandler,
  type IncomingCall,
  type Layer,
  type PrefixEnd,
  type PrefixOpened,
  type PrefixOutcome,
} from '@cofferdam/protocol';
import { readTexts } from '../../texts.ts';
import { LoadFailure } from '../load-failure.ts';
import { KeptPrefix } from './kept-prefix.ts';
import { PrefixFailure } from './prefix-failure.ts';
import { PrefixSource } from './prefix-source.ts';
import type { IsolatePlace } from './prepared-isolate.ts';
import { SpareShelf } from './spare-shelf.ts';

const MiB = 1024 * 1024;
/** Prefixes that one connection may have, and their code together. */
const MAX_PREFIXES = 256;
const MAX_CODE_BYTES = 128 * MiB;
/** Runs that one connection may have at once: each is an isolate. */
const MAX_RUNS = 256;

/** A value nests 200 deep, and each may be within three brackets. */
const MAX_DATA_DEPTH = 1_000;

const parseSpec = parser(PrefixSpecSchema);
const parseRun = parser(PrefixRunSchema);

export interface ConnectionPrefixesOptions extends IsolatePlace {
  layers: readonly Layer[];
  /** Of all spares together. */
  spareBytes: number;
}

/** The prefixes of one embedder, gone with its connection. */
export class ConnectionPrefixes {
  readonly handlers: Record<string, CallHandler>;
  readonly #options: ConnectionPrefixesOptions;
  readonly #prefixes = new Map<string, KeptPrefix>();
  readonly #shelf: SpareShelf;
  #opening = 0;
  #codeBytes = 0;
  #runs = 0;
  #isOver = false;

  constructor(options: ConnectionPrefixesOptions) {
    this.#options = options;
    this.#shelf = new SpareShelf(options.spareBytes);
    this.handlers = {
      [PREFIX_METHODS.open]: (call) => this.#open(call),
      [PREFIX_METHODS.run]: (call) => this.#run(call),
    };
  }

  close(): void {
    this.#isOver = true;
    for (const prefix of this.#prefixes.values()) prefix.close();
    this.#prefixes.clear();
  }

  async #open(call: IncomingCall): Promise<PrefixEnd> {
    const spec = parseSpec(call.payload);
    checkData(spec.data);
    this.#admit(spec.codeBytes);
    this.#opening++;
    this.#codeBytes += spec.codeBytes;
    try {
      const [code] = await readTexts(call.data, [spec.codeBytes]);
      const source = await PrefixSource.load({ ...this.#options, spec, code: code! }, call.signal);
      return await this.#live(new KeptPrefix(source, this.#options, this.#shelf), call);
    } catch (error) {
      return endOf(error);
    } finally {
      this.#opening--;
      this.#codeBytes -= spec.codeBytes;
    }
  }

  /** Keeps a prefix from its first evaluation until its call is cancelled. */
  async #live(prefix: KeptPrefix, call: IncomingCall): Promise<PrefixEnd> {
    const { prefixId } = prefix.source;
    try {
      await prefix.open();
      if (this.#isOver) throw new CofferdamError('SHUTTING_DOWN');
      this.#prefixes.set(prefixId, prefix);
      const opened: PrefixOpened = { prefixId, layers: [...this.#options.layers] };
      call.emit(opened);
      await aborted(call.signal);
      throw new CofferdamError('CANCELLED');
    } finally {
      this.#prefixes.delete(prefixId);
      prefix.close();
    }
  }

  async #run(call: IncomingCall): Promise<PrefixOutcome> {
    const request = parseRun(call.payload);
    checkData(request.data);
    const prefix = this.#prefixes.get(request.prefixId);
    if (!prefix) throw new CofferdamError('RUNTIME_ENDED', 'the prefix was disposed of');
    if (this.#runs >= MAX_RUNS) {
      throw new CofferdamError('QUEUE_FULL', `a connection has at most ${MAX_RUNS} runs at once`);
    }
    this.#runs++;
    try {
      return await prefix.run(request, call);
    } finally {
      this.#runs--;
    }
  }

  #admit(codeBytes: number): void {
    if (this.#isOver) throw new CofferdamError('SHUTTING_DOWN');
    if (this.#opening < MAX_PREFIXES && this.#codeBytes + codeBytes <= MAX_CODE_BYTES) return;
    const message = `a connection has at most ${MAX_PREFIXES} prefixes of ${MAX_CODE_BYTES / MiB} MiB together`;
    throw new CofferdamError('QUEUE_FULL', message);
  }
}

/** Text that is put into a frame of the guest's port. */
function checkData(data: string | undefined): void {
  if (data === undefined) return;
  let value: unknown;
  try {
    value = parseJson(data, { maxDepth: MAX_DATA_DEPTH });
  } catch (cause) {
    throw new CofferdamError('INVALID_INPUT', 'data is no JSON', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new CofferdamError('INVALID_INPUT', 'data is no object');
}

function endOf(error: unknown): PrefixEnd {
  if (error instanceof PrefixFailure || error instanceof LoadFailure) {
    return { exitReason: error.exitReason, error: error.error };
  }
  throw error;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
