import { core, primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { BodyInit } from '../../fetch/guest/body.ts';
import type { PieceSource } from '../../streams/guest/body-source.ts';

const { asyncIterator, defineProperty, promiseThen, resolvedPromise } = primordials;
const { typedLength, Uint8Array } = primordials;

/** What crosses in one message: a message holds 16 MiB as text. */
const PIECE_BYTES = 256 * 1024;

interface Sent {
  bytes: Uint8Array | undefined;
  source: PieceSource | undefined;
}

/** An async iterable of the embedder's. */
interface Foreign {
  next(): Promise<{ done: boolean; value: Uint8Array }>;
  return(): Promise<unknown>;
}

/** A body for the embedder: bytes, or an async iterable of pieces, or nothing. */
export function sentBody({ bytes, source }: Sent): unknown {
  if (source) return iterableOf(source);
  if (!bytes || typedLength(bytes) === 0) return undefined;
  return typedLength(bytes) <= PIECE_BYTES ? bytes : iterableOf(sourceOf(bytes));
}

function sourceOf(bytes: Uint8Array): PieceSource {
  let left: Uint8Array | undefined = bytes;
  return record<PieceSource>({
    pull: () => {
      const piece = left;
      left = undefined;
      return resolvedPromise(piece);
    },
    cancel: () => void (left = undefined),
  });
}

function iterableOf(source: PieceSource): object {
  let rest: Uint8Array | undefined;
  const cut = (piece: Uint8Array | undefined) => {
    if (piece === undefined) return step(true, undefined);
    const size = typedLength(piece);
    if (size <= PIECE_BYTES) return step(false, piece);
    rest = part(piece, PIECE_BYTES, size);
    return step(false, part(piece, 0, PIECE_BYTES));
  };
  const next = () => {
    const piece = rest;
    rest = undefined;
    return piece ? cut(piece) : promiseThen(hardened(source.pull()), cut as never);
  };
  const end = () => {
    rest = undefined;
    source.cancel(undefined);
    return step(true, undefined);
  };
  // With a prototype: what has none crosses as its fields.
  const made = { next, return: end };
  return defineProperty(made, asyncIterator, record({ value: () => made }));
}

function part(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(core.use<EncodingGroup>('encoding').ownBuffer(bytes, from, to));
}

const step = (done: boolean, value: unknown) => record({ done, value });

/** A body as the embedder has sent it, read from there as the guest reads it. */
export function receivedBody(body: unknown): BodyInit {
  const isBytes = typeof body === 'object' && body !== null && !(asyncIterator in body);
  return record<BodyInit>({
    bytes: isBytes ? (body as Uint8Array) : undefined,
    stream: undefined,
    type: undefined,
    source: body && !isBytes ? foreignSource(body as Foreign) : undefined,
  });
}

function foreignSource(body: Foreign): PieceSource {
  const take = ({ done, value }: { done: boolean; value: Uint8Array }) =>
    done ? undefined : value;
  const nothing = () => {};
  return record<PieceSource>({
    pull: () => promiseThen(hardened(body.next()), take as never) as never,
    cancel: () => void promiseThen(hardened(body.return()), nothing, nothing),
  });
}
