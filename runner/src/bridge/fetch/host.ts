import { CofferdamError } from '@cofferdam/protocol/base';
import { GuestFault, type AsyncMethod, type Capability, type RunContext } from '../capability.ts';
import { readStart } from './start.ts';
import type { FetchStream } from './stream.ts';

const NAME = 'fetch';
/** Requests of one run that may be open at once, bodies included. */
const MAX_OPEN = 64;
/** Left of the payload limit for what goes with a piece of a body. */
const ENVELOPE_BYTES = 64;

interface OpenFetch {
  stream: FetchStream;
  chunks: AsyncIterator<Uint8Array>;
  /** What is left of a piece that was larger than one answer may be. */
  rest: Uint8Array | undefined;
}

type OpenFetches = Map<number, OpenFetch>;

/**
 * `open` starts a request under an id that the guest chose, `write` and `endWrite` send its body,
 * `head` waits for the response, `read` answers a piece of it or `{done: true}`, `abort` ends it.
 * `start` is `open`, the whole body and `head` in one; `exchange` is that, and the whole answer where it is here.
 */
export const fetchCapability: Capability = {
  name: NAME,
  uncounted: ['head', 'read', 'write', 'endWrite', 'abort'],
  async: {
    start: async (context, call) => {
      const { head } = await started(context, call);
      return { json: { head } };
    },
    exchange: async (context, call) => {
      const { id, entry, head } = await started(context, call);
      const body = entry.stream.whole?.();
      const headBytes = Buffer.byteLength(JSON.stringify(head));
      if (body && body.byteLength + headBytes <= mostOf(context)) {
        openOf(context).delete(id);
        return { json: { head, isWhole: true }, bytes: body };
      }
      entry.rest = body;
      return { json: { head, isWhole: false } };
    },
    open: async (context, { json }) => {
      await open(context, json);
      return {};
    },
    head: async (context, { json }) => {
      const { id } = json as { id: number };
      const { stream } = find(context, json);
      return { json: { head: await guarded(context, id, () => stream.head) } };
    },
    read: async (context, { json }) => {
      const { id } = json as { id: number };
      const entry = find(context, json);
      const bytes = await guarded(context, id, () => nextPiece(context, entry));
      if (bytes) return { json: { done: false }, bytes };
      openOf(context).delete(id);
      return { json: { done: true } };
    },
    write: async (context, { json, bytes }) => {
      const { id } = json as { id: number };
      const { stream } = find(context, json);
      await guarded(context, id, () => stream.write(bytes ?? new Uint8Array()));
      return {};
    },
    endWrite: async (context, { json }) => {
      find(context, json).stream.endWrite();
      return {};
    },
    abort: async (context, { json }) => {
      const { id } = Object(json) as { id?: unknown };
      const entry = typeof id === 'number' ? openOf(context).get(id) : undefined;
      entry?.stream.abort();
      openOf(context).delete(id as number);
      return {};
    },
  } satisfies Record<string, AsyncMethod>,
};

function openOf(context: RunContext): OpenFetches {
  const known = context.state.get(NAME) as OpenFetches | undefined;
  const fetches = known ?? new Map<number, OpenFetch>();
  if (!known) context.state.set(NAME, fetches);
  return fetches;
}

async function open(context: RunContext, json: unknown): Promise<number> {
  const { id, start } = readStart(json);
  const fetches = openOf(context);
  if (fetches.size >= MAX_OPEN) {
    throw new GuestFault('TypeError', `fetch failed: more than ${MAX_OPEN} requests are open`);
  }
  if (fetches.has(id)) throw new GuestFault('TypeError', 'fetch failed: the id is in use');
  const stream = context.openFetch(start);
  // Whoever asks for the head sees the error; nobody may ask.
  stream.head.catch(() => {});
  fetches.set(id, { stream, chunks: stream.body[Symbol.asyncIterator](), rest: undefined });
  return id;
}

/** A request with its whole body, at its head. */
async function started(context: RunContext, { json, bytes }: Parameters<AsyncMethod>[1]) {
  const id = await open(context, json);
  const entry = find(context, { id });
  const sent = sendWhole(entry.stream, bytes);
  // The response may come, or fail, before the body is through.
  sent.catch(() => entry.stream.abort());
  return { id, entry, head: await guarded(context, id, () => entry.stream.head) };
}

function find(context: RunContext, json: unknown): OpenFetch {
  const { id } = Object(json) as { id?: unknown };
  const entry = typeof id === 'number' ? openOf(context).get(id) : undefined;
  if (entry) return entry;
  throw new GuestFault('TypeError', 'fetch failed: the request is over');
}

async function sendWhole(stream: FetchStream, bytes: Uint8Array | undefined): Promise<void> {
  if (bytes) await stream.write(bytes);
  // Without a body too: the next hop waits for the end of what is sent.
  stream.endWrite();
}

/** What fails is over: the guest gets the reason as fetch words it. */
async function guarded<T>(context: RunContext, id: number, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    openOf(context).delete(id);
    const reason =
      error instanceof CofferdamError ? `${error.code}: ${error.message}` : 'EGRESS_FAILED';
    throw new GuestFault('TypeError', `fetch failed: ${reason}`);
  }
}

async function nextPiece(context: RunContext, entry: OpenFetch): Promise<Uint8Array | undefined> {
  let piece = entry.rest;
  entry.rest = undefined;
  while (!piece || piece.byteLength === 0) {
    const step = await entry.chunks.next();
    if (step.done) return undefined;
    piece = step.value;
  }
  const most = mostOf(context);
  if (piece.byteLength <= most) return piece;
  entry.rest = piece.subarray(most);
  return piece.subarray(0, most);
}

/** What one answer may carry. */
function mostOf({ limits }: RunContext): number {
  return limits.bridgePayloadBytes - ENVELOPE_BYTES;
}
