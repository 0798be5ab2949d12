import { primordials } from '../../../guest/captured.ts';
import { defineInterface, list } from '../../../guest/interface.ts';
import { assignBytes, Blob, bytesOfBlob, typeOfBlob } from './blob.ts';
import { joinParts, normalType, readOptions, readParts, type Part } from './blob-parts.ts';

const { dateNow, toWellFormed, trunc, TypeError } = primordials;

/** In place of an array, whose iterator may be a guest's. */
const NO_PARTS = {};
const UINT64 = 2 ** 64;
const INT64 = 2 ** 63;

export let isFile: (value: unknown) => value is File;
export let nameOfFile: (file: File) => string;
/** A file of a blob's bytes, with another name. The time of a file stays its own. */
export let fileFrom: (blob: Blob, name: string) => File;

/** A file of bytes that are the platform's own, changed now or at a given time. */
export let fileOfBytes: (
  bytes: Uint8Array,
  name: string,
  type: string,
  lastModified?: number,
) => File;

export class File extends Blob {
  #name: string;
  #lastModified: number;

  static {
    fileOfBytes = (bytes, name, type, lastModified) => {
      const file = assignBytes(new File(NO_PARTS, name), bytes, normalType(type));
      if (lastModified !== undefined) file.#lastModified = lastModified;
      return file;
    };
    isFile = (value): value is File =>
      typeof value === 'object' && value !== null && #name in value;
    nameOfFile = (file) => file.#name;
    fileFrom = (blob, name) => {
      const file = assignBytes(new File(NO_PARTS, name), bytesOfBlob(blob)!, typeOfBlob(blob));
      if (isFile(blob)) file.#lastModified = blob.#lastModified;
      return file;
    };
  }

  constructor(parts: unknown, name: unknown, options: unknown = undefined) {
    if (arguments.length < 2) throw new TypeError('A file needs its parts and a name');
    super();
    const isOwn = parts === NO_PARTS;
    const read = isOwn ? list<Part>() : readParts(parts, bytesOfBlob);
    this.#name = toWellFormed(`${name as string}`);
    const { endings, type } = readOptions(options);
    const given = (options as { lastModified?: unknown } | null | undefined)?.lastModified;
    this.#lastModified = given === undefined ? dateNow() : toLongLong(given);
    if (!isOwn) assignBytes(this, joinParts(read, endings), type);
  }

  get name(): string {
    return this.#name;
  }
  get lastModified(): number {
    return this.#lastModified;
  }
}

defineInterface(File, 'File');

/** Web IDL's `long long`: what is no number is 0, and what is too large wraps around. */
function toLongLong(value: unknown): number {
  const whole = trunc(+(value as number));
  if (whole !== whole || whole === Infinity || whole === -Infinity) return 0;
  const wrapped = whole % UINT64;
  if (wrapped >= INT64) return wrapped - UINT64;
  return (wrapped < -INT64 ? wrapped + UINT64 : wrapped) + 0;
}

/** What a structured clone makes of a blob or file: the same bytes, which never change. */
export function cloneFile(value: object): Blob | undefined {
  if (isFile(value)) return fileFrom(value, nameOfFile(value));
  const bytes = bytesOfBlob(value);
  return bytes && assignBytes(new Blob(), bytes, typeOfBlob(value as Blob));
}
