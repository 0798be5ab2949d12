import { core, primordials } from '../../../guest/captured.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import { failure } from './handle.ts';

const { max, toWellFormed, trunc, typedFill, typedLength, typedSet, TypeError, Uint8Array } =
  primordials;
const { bytesOf, encodeUtf8, isBufferSource } = core.use<EncodingGroup>('encoding');

/** As large as an embedder takes a file. */
const MAX_BYTES = 64 * 1024 * 1024;
const FIRST_BYTES = 4_096;

interface WriteParams {
  type: unknown;
  data?: unknown;
  position?: unknown;
  size?: unknown;
}

/** What a file is going to be: changed in memory, and written when it is closed. */
export class WriteTarget {
  #memory: Uint8Array<ArrayBuffer>;
  #size: number;
  #position = 0;

  /** Takes the bytes over. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#memory = bytes;
    this.#size = typedLength(bytes);
  }

  /** A view on what there is: to be read before the next chunk. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(primordials.typedBuffer(this.#memory), 0, this.#size);
  }

  /** One chunk of the stream: data, or what is to be done. */
  take(chunk: unknown): void {
    const data = dataBytes(chunk);
    const isCommand = !data && typeof chunk === 'object' && chunk !== null;
    if (isCommand) this.#obey(chunk as WriteParams);
    else this.#write(data ?? textBytes(chunk));
  }

  #obey({ type, data, position, size }: WriteParams): void {
    switch (`${type as string}`) {
      case 'write':
        given(data, 'write needs data');
        if (isGiven(position)) this.#position = lengthOf(position);
        return this.#write(dataBytes(data) ?? textBytes(data));
      case 'seek':
        this.#position = lengthOf(given(position, 'seek needs a position'));
        return undefined;
      case 'truncate':
        return this.#truncate(lengthOf(given(size, 'truncate needs a size')));
      default:
        throw new TypeError('The type of a chunk is write, seek or truncate');
    }
  }

  #write(data: Uint8Array): void {
    const end = this.#position + typedLength(data);
    this.#reserve(end);
    typedSet(this.#memory, data, this.#position);
    this.#position = end;
    this.#size = max(this.#size, end);
  }

  #truncate(size: number): void {
    this.#reserve(size);
    // What is cut off may not come back.
    if (size < this.#size) typedFill(this.#memory, 0, size, this.#size);
    this.#size = size;
    if (this.#position > size) this.#position = size;
  }

  #reserve(size: number): void {
    if (size > MAX_BYTES) {
      throw failure('QuotaExceededError', `a file has at most ${MAX_BYTES} bytes`);
    }
    const capacity = typedLength(this.#memory);
    if (size <= capacity) return;
    const larger = new Uint8Array(max(size, max(FIRST_BYTES, capacity * 2)));
    typedSet(larger, this.#memory);
    this.#memory = larger;
  }
}

function dataBytes(data: unknown): Uint8Array | undefined {
  if (isBufferSource(data)) return bytesOf(data);
  return core.use<FilesGroup>('files').bytesOfBlob(data);
}

function textBytes(data: unknown): Uint8Array {
  return encodeUtf8(toWellFormed(`${data as string}`));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function given(value: unknown, why: string): unknown {
  if (isGiven(value)) return value;
  throw new TypeError(why);
}

function lengthOf(value: unknown): number {
  const number = trunc(+(value as number));
  if (number >= 0 && number <= MAX_BYTES) return number;
  if (number > MAX_BYTES && number !== Infinity) {
    throw failure('QuotaExceededError', `a file has at most ${MAX_BYTES} bytes`);
  }
  throw new TypeError('A position or size is a whole number from 0');
}
