import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, hardened, list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FetchGroup } from '../../fetch/guest.ts';
import { joinParts, normalType, readOptions, readParts, type Part } from './blob-parts.ts';

const { charCodeAt, floor, Promise, resolvedPromise, stringSlice } = primordials;
const { typedBuffer, typedLength, typedSet, Uint8Array } = primordials;
const { decodeUtf8 } = core.use<EncodingGroup>('encoding');

/** What a stream of a blob gives at once. */
const CHUNK_BYTES = 64 * 1024;
const BYTE_ORDER_MARK = 0xfeff;

/** The blob's own memory, which nobody may write to; `undefined` for what is no blob. */
export let bytesOfBlob: (value: unknown) => Uint8Array | undefined;
export let typeOfBlob: (blob: Blob) => string;
/** Makes a new blob, of whatever class, have bytes that are the platform's own. */
export let assignBytes: <T extends Blob>(blob: T, bytes: Uint8Array, type: string) => T;

export class Blob {
  #bytes: Uint8Array;
  #type: string;

  static {
    bytesOfBlob = (value) =>
      typeof value === 'object' && value !== null && #bytes in value
        ? (value as Blob).#bytes
        : undefined;
    typeOfBlob = (blob) => blob.#type;
    assignBytes = (blob, bytes, type) => {
      blob.#bytes = bytes;
      blob.#type = type;
      return blob;
    };
  }

  constructor(parts: unknown = undefined, options: unknown = undefined) {
    const read = parts === undefined ? list<Part>() : readParts(parts, bytesOfBlob);
    const { endings, type } = readOptions(options);
    this.#bytes = joinParts(read, endings);
    this.#type = type;
  }

  get size(): number {
    return typedLength(this.#bytes);
  }
  get type(): string {
    return this.#type;
  }

  /** Shares the memory: bytes of a blob never change. */
  slice(start: unknown = undefined, end: unknown = undefined, type: unknown = undefined): Blob {
    const size = typedLength(this.#bytes);
    const from = start === undefined ? 0 : indexIn(start, size);
    const to = end === undefined ? size : indexIn(end, size);
    const normal = type === undefined ? '' : normalType(`${type as string}`);
    const bytes = viewOf(this.#bytes, from, to > from ? to : from);
    return assignBytes(new Blob(), bytes, normal);
  }

  stream(): ReturnType<FetchGroup['makeStream']> {
    const bytes = this.#bytes;
    let at = 0;
    const { makeStream } = core.use<FetchGroup>('fetch');
    return makeStream(
      record({
        pull: () => {
          const size = typedLength(bytes);
          if (at >= size) return resolvedPromise(undefined);
          const end = at + CHUNK_BYTES < size ? at + CHUNK_BYTES : size;
          const piece = copyOf(viewOf(bytes, at, end));
          at = end;
          return resolvedNow(piece);
        },
        cancel: () => {
          at = typedLength(bytes);
        },
      }),
    );
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return promised(() => typedBuffer(copyOf(bytesFor(this))));
  }
  bytes(): Promise<Uint8Array> {
    return promised(() => copyOf(bytesFor(this)));
  }
  text(): Promise<string> {
    return promised(() => {
      const text = decodeUtf8(bytesFor(this));
      const hasMark = text !== '' && charCodeAt(text, 0) === BYTE_ORDER_MARK;
      return hasMark ? stringSlice(text, 1) : text;
    });
  }
}

defineInterface(Blob, 'Blob');

/** A blob of bytes that are the platform's own. */
export function blobOfBytes(bytes: Uint8Array, type: string): Blob {
  return assignBytes(new Blob(), bytes, normalType(type));
}

export function isBlob(value: unknown): value is Blob {
  return bytesOfBlob(value) !== undefined;
}

function bytesFor(blob: unknown): Uint8Array {
  const bytes = bytesOfBlob(blob);
  if (!bytes) throw new primordials.TypeError('Illegal invocation');
  return bytes;
}

/** What a method that answers a promise throws rejects the promise. */
function promised<T>(make: () => T): Promise<T> {
  return new Promise((resolve) => resolve(make()));
}

function resolvedNow<T>(value: T): Promise<T> {
  return hardened(new Promise<T>((resolve) => resolve(value)));
}

/** Made without the species that a guest may have given to typed arrays. */
function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const offset = primordials.typedByteOffset(bytes);
  return new Uint8Array(typedBuffer(bytes), offset + start, end - start);
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(typedLength(bytes));
  typedSet(copy, bytes);
  return copy;
}

/** Web IDL's `[Clamp] long long`, and negative ones from the end. */
function indexIn(value: unknown, size: number): number {
  const number = +(value as number);
  if (number !== number) return 0;
  const whole = roundedToEven(number);
  if (whole < 0) return size + whole > 0 ? size + whole : 0;
  return whole < size ? whole : size;
}

function roundedToEven(number: number): number {
  const low = floor(number);
  const rest = number - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}
