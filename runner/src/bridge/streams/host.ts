import { constants } from 'node:zlib';
import { GuestFault, type AsyncMethod, type Capability, type RunContext } from '../capability.ts';
import { charged } from '../charge.ts';
import { Codec, CODECS, type CodecName } from './host/codec.ts';

const NAME = 'streams';
/** What one run may have open at once: each takes up to 300 KB of the host's memory. */
const MAX_CODECS = 16;
/** What one call may carry in; the guest's half sends no more. */
const MAX_PIECE_BYTES = constants.Z_DEFAULT_CHUNK * 4;

/** Pieces of one run under way at once: they take the threads that crypto and files wait for too. */
const MAX_RUNNING = 2;

/** A piece in and one out: packing takes 50 ns a byte on a fast machine, unpacking far less. */
const MAX_PIECE_MS = 20;

class StreamsState {
  readonly codecs = new Map<number, Codec>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async limited<T>(context: RunContext, work: () => Promise<T>): Promise<T> {
    while (this.#running >= MAX_RUNNING) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      if (context.signal.aborted) throw new GuestFault('AbortError', 'The run is over');
      return await charged(context, MAX_PIECE_MS, work);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

function stateOf(context: RunContext): StreamsState {
  const known = context.state.get(NAME) as StreamsState | undefined;
  if (known) return known;
  const state = new StreamsState();
  context.state.set(NAME, state);
  const closeAll = () => {
    for (const codec of state.codecs.values()) codec.close();
    state.codecs.clear();
  };
  context.signal.addEventListener('abort', closeAll, { once: true });
  return state;
}

function idOf(json: unknown): number {
  const { id } = Object(json) as { id?: unknown };
  if (Number.isSafeInteger(id)) return id as number;
  throw new GuestFault('TypeError', 'The call to the host is malformed');
}

function codecOf(context: RunContext, json: unknown): Codec {
  const codec = stateOf(context).codecs.get(idOf(json));
  if (codec) return codec;
  throw new GuestFault('TypeError', 'The stream is closed');
}

const open: AsyncMethod = async (context, { json }) => {
  const { codecs } = stateOf(context);
  const { kind } = Object(json) as { kind?: unknown };
  const id = idOf(json);
  const isKnown = typeof kind === 'string' && Object.hasOwn(CODECS, kind);
  if (!isKnown || codecs.has(id)) throw new GuestFault('TypeError', 'The format is not known');
  if (context.signal.aborted) throw new GuestFault('AbortError', 'The run is over');
  if (codecs.size >= MAX_CODECS) {
    const message = `A run may compress no more than ${MAX_CODECS} streams at once`;
    throw new GuestFault('QuotaExceededError', message);
  }
  codecs.set(id, new Codec(kind as CodecName));
  return {};
};

const write: AsyncMethod = async (context, { json, bytes }) => {
  if (!bytes || bytes.byteLength > MAX_PIECE_BYTES) {
    throw new GuestFault('TypeError', 'The call to the host is malformed');
  }
  const codec = codecOf(context, json);
  return stateOf(context).limited(context, () => codec.write(bytes));
};

const close: AsyncMethod = async (context, { json }) => {
  const { codecs } = stateOf(context);
  const id = idOf(json);
  codecs.get(id)?.close();
  codecs.delete(id);
  return {};
};

/** The end of a stream frees its place once the last piece was taken. */
function ending(ask: (codec: Codec) => ReturnType<Codec['next']>): AsyncMethod {
  return async (context, { json }) => {
    const codec = codecOf(context, json);
    const answer = await stateOf(context).limited(context, () => ask(codec));
    if (codec.isOver) stateOf(context).codecs.delete(idOf(json));
    return answer;
  };
}

/** Compression on the host: Node's own zlib, a piece at a time, in its thread pool. */
export const streamsCapability: Capability = {
  name: NAME,
  uncounted: ['write', 'next', 'end', 'close'],
  async: {
    open,
    write,
    close,
    end: ending((codec) => codec.end()),
    next: ending((codec) => codec.next()),
  },
};
