import type { BrowserCall } from '@cofferdam/protocol';
import {
  GuestFault,
  type AsyncMethod,
  type BridgeValue,
  type Capability,
  type RunContext,
} from '../capability.ts';
import type { BrowserExchange } from './exchange.ts';
import { readBrowserCall } from './read-call.ts';

const NAME = 'browser';
/** Calls of one guest that may be under way at once. */
const MAX_CALLS = 256;
/** Left of the payload limit for the JSON text of an answer with bytes. */
const ENVELOPE_BYTES = 64 * 1024;
/** The method that waits for events: as long as the guest lives, so that it counts as no call. */
const EVENTS = '$events';

interface BrowserState {
  calls: number;
  /** Bytes of answers are taken in one call after the other: one at a time may be as large as it likes. */
  taken: Promise<unknown>;
}

/** `call` has the browser do something; `events` waits for what happens in it. */
export const browserCapability: Capability = {
  name: NAME,
  uncounted: ['events'],
  async: {
    call: async (context, { json, bytes }) => {
      const call = readBrowserCall(json, bytes?.byteLength);
      if (call.method === EVENTS) throw malformed();
      return await ask(context, call, bytes);
    },
    events: async (context, { json }) => {
      const call = readBrowserCall(json, undefined);
      if (call.object !== NAME || call.method !== EVENTS) throw malformed();
      return await ask(context, call, undefined);
    },
  } satisfies Record<string, AsyncMethod>,
};

async function ask(
  context: RunContext,
  call: BrowserCall,
  bytes: Uint8Array | undefined,
): Promise<BridgeValue> {
  if (!context.openBrowser) {
    throw new GuestFault('Error', 'browser is not available: the host gave no browser binding');
  }
  const state = stateOf(context);
  if (state.calls >= MAX_CALLS) {
    throw new GuestFault('Error', `more than ${MAX_CALLS} calls wait for the browser`);
  }
  state.calls++;
  const exchange = context.openBrowser(call);
  try {
    if (bytes) await exchange.write(bytes);
    exchange.endWrite();
    const body = await bytesOf(exchange, state, context.limits.bridgePayloadBytes);
    return { json: await exchange.answer, ...(body && { bytes: body }) };
  } catch (error) {
    exchange.abort();
    throw faultOf(error);
  } finally {
    state.calls--;
  }
}

function stateOf({ state }: RunContext): BrowserState {
  const known = state.get(NAME) as BrowserState | undefined;
  const made = known ?? { calls: 0, taken: Promise.resolve() };
  if (!known) state.set(NAME, made);
  return made;
}

/** What comes first says that there are bytes; the others wait until it is this call's turn. */
async function bytesOf(
  exchange: BrowserExchange,
  state: BrowserState,
  payloadBytes: number,
): Promise<Uint8Array | undefined> {
  const pieces = exchange.body[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done) return undefined;
  const before = state.taken;
  const collected = before.then(() => collect(pieces, first.value, payloadBytes - ENVELOPE_BYTES));
  state.taken = collected.catch(() => {});
  return await collected;
}

async function collect(
  pieces: AsyncIterator<Uint8Array>,
  first: Uint8Array,
  mostBytes: number,
): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for (let piece = first; ;) {
    size += piece.byteLength;
    if (size > mostBytes) {
      throw new GuestFault('Error', `The browser answered more than ${mostBytes} bytes`);
    }
    all.push(piece);
    // eslint-disable-next-line no-await-in-loop -- one piece after the other
    const next = await pieces.next();
    if (next.done) return Buffer.concat(all, size);
    piece = next.value;
  }
}

/** What an embedder throws is in its answer; what is thrown here is between the guest and it. */
function faultOf(error: unknown): unknown {
  if (error instanceof GuestFault) return error;
  return new GuestFault('Error', 'The browser did not answer');
}

function malformed(): GuestFault {
  return new GuestFault('TypeError', 'The call to the browser is malformed');
}
