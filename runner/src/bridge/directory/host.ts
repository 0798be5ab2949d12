import type { FilesAnswer } from '@cofferdam/protocol';
import {
  GuestFault,
  type AsyncMethod,
  type BridgeValue,
  type Capability,
  type RunContext,
} from '../capability.ts';
import { readId, readRequest } from './requests.ts';
import type { FilesExchange, FilesRequest } from './stream.ts';

const NAME = 'files';
/** Files of one guest that may be on their way at once. */
const MAX_OPEN = 1_024;
/** Left of the payload limit for what goes with a piece of a file. */
const ENVELOPE_BYTES = 2_048;

interface Transfer {
  exchange: FilesExchange;
  pieces: AsyncIterator<Uint8Array>;
  /** What is left of a piece that was larger than one answer may be. */
  rest: Uint8Array | undefined;
}

/**
 * `run` does what needs no bytes. `open` reads a file under an id that the guest chose and answers its
 * first piece, `read` the next one; the last answer has `done`. `create` begins to write a file, `write`
 * sends a piece, `finish` ends it and answers how it went, `abort` gives it up.
 */
export const filesCapability: Capability = {
  name: NAME,
  uncounted: ['read', 'write', 'finish', 'abort'],
  async: {
    run: async (context, { json }) => {
      const request = readRequest(json, RUNS);
      if (!context.openFiles) return NONE;
      const exchange = context.openFiles(request);
      exchange.endWrite();
      return { json: await outcomeOf(exchange) };
    },
    open: async (context, { json }) => {
      const refused = begin(context, json, 'readFile');
      if (refused) return refused;
      const id = readId(json);
      find(context, id).exchange.endWrite();
      return await nextPiece(context, id);
    },
    read: async (context, { json }) => await nextPiece(context, readId(json)),
    create: async (context, { json }) => begin(context, json, 'writeFile') ?? { json: {} },
    write: async (context, { json, bytes = new Uint8Array() }) => {
      const { exchange } = find(context, readId(json));
      // What ended the operation before all was sent is in its answer.
      await exchange.write(bytes).catch(() => {});
      return {};
    },
    finish: async (context, { json }) => {
      const id = readId(json);
      const { exchange } = find(context, id);
      exchange.endWrite();
      const outcome = await outcomeOf(exchange);
      transfersOf(context).delete(id);
      return { json: outcome };
    },
    abort: async (context, { json }) => {
      const id = readId(json);
      transfersOf(context).get(id)?.exchange.abort();
      transfersOf(context).delete(id);
      return {};
    },
  } satisfies Record<string, AsyncMethod>,
};

const RUNS: readonly FilesRequest['method'][] = [
  'unlink',
  'readdir',
  'mkdir',
  'rmdir',
  'stat',
  'rename',
];

function transfersOf(context: RunContext): Map<number, Transfer> {
  const known = context.state.get(NAME) as Map<number, Transfer> | undefined;
  const transfers = known ?? new Map<number, Transfer>();
  if (!known) context.state.set(NAME, transfers);
  return transfers;
}

function refusal(name: string, message: string): BridgeValue {
  return { json: { error: { name, message }, done: true } };
}

/** As an answer, since a guest's own end makes different errors of it. */
const NONE = refusal('NotAllowedError', 'the host gave no files binding');
const TOO_MANY = refusal('QuotaExceededError', `more than ${MAX_OPEN} files are on their way`);

/** Begins a transfer; answers what is to be answered where it does not. */
function begin(
  context: RunContext,
  json: unknown,
  method: FilesRequest['method'],
): BridgeValue | undefined {
  const id = readId(json);
  const request = readRequest({ ...Object(json), method }, [method]);
  const transfers = transfersOf(context);
  if (transfers.has(id)) throw new GuestFault('TypeError', 'The id is in use');
  if (!context.openFiles) return NONE;
  if (transfers.size >= MAX_OPEN) return TOO_MANY;
  const exchange = context.openFiles(request);
  const pieces = exchange.body[Symbol.asyncIterator]();
  transfers.set(id, { exchange, pieces, rest: undefined });
  return undefined;
}

function find(context: RunContext, id: number): Transfer {
  const transfer = transfersOf(context).get(id);
  if (transfer) return transfer;
  throw new GuestFault('TypeError', 'The file is no longer on its way');
}

async function nextPiece(context: RunContext, id: number): Promise<BridgeValue> {
  const transfer = find(context, id);
  const bytes = await pieceOf(transfer, context.limits.bridgePayloadBytes - ENVELOPE_BYTES);
  if (bytes) return { json: { done: false }, bytes };
  transfersOf(context).delete(id);
  return { json: { ...(await outcomeOf(transfer.exchange)), done: true } };
}

/** `undefined` at the end, also where it was no good one: the answer says why. */
async function pieceOf(transfer: Transfer, most: number): Promise<Uint8Array | undefined> {
  let piece = transfer.rest;
  transfer.rest = undefined;
  while (!piece || piece.byteLength === 0) {
    // eslint-disable-next-line no-await-in-loop -- until there is something
    const step = await transfer.pieces.next().catch(() => undefined);
    if (!step || step.done) return undefined;
    piece = step.value;
  }
  if (piece.byteLength <= most) return piece;
  transfer.rest = piece.subarray(most);
  return piece.subarray(0, most);
}

/** What went wrong between here and the embedder is a failure of the operation, too. */
async function outcomeOf({ answer }: FilesExchange): Promise<FilesAnswer> {
  try {
    return await answer;
  } catch {
    return { error: { name: 'OperationError', message: 'the host did not answer' } };
  }
}
