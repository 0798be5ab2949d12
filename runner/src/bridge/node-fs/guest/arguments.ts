import { core, primordials } from '../../../guest/captured.ts';
import type { BufferGroup } from '../../buffer/guest.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import { pathOf, segmentsOf } from '../../directory/guest/path.ts';
import { systemError } from './file-system-error.ts';

const { setPrototypeOf, stringIndexOf, stringSlice, typedLength, typedSet, TypeError, Uint8Array } =
  primordials;

/** A path as Node takes it: a text, a `file:` URL or bytes; relative ones begin at `/`. */
export function readPath(given: unknown, syscall: string): string {
  const text = textOf(given);
  if (stringIndexOf(text, '\0') !== -1) throw new TypeError('A path has no null bytes');
  const segments = segmentsOf(text);
  if (segments) return pathOf(segments);
  throw systemError('EACCES', { syscall, path: text }, 'it leads out of the root');
}

const FILE_URL = 'file://';

function textOf(given: unknown): string {
  if (typeof given === 'string') return given;
  const { bytesOf, decodeUtf8, isBufferSource } = core.use<EncodingGroup>('encoding');
  if (isBufferSource(given)) return decodeUtf8(bytesOf(given));
  const href = (given as { href?: unknown } | null | undefined)?.href;
  if (typeof href === 'string' && stringIndexOf(href, `${FILE_URL}/`) === 0) {
    return primordials.decodeURIComponent(stringSlice(href, FILE_URL.length));
  }
  throw new TypeError('The path must be a string, a Buffer or a file: URL');
}

interface Options {
  encoding: unknown;
  flag: unknown;
  recursive: boolean;
  force: boolean;
  withFileTypes: boolean;
}

/** Options, or an encoding in their place. */
export function readOptions(given: unknown): Options {
  if (typeof given === 'string' || given === undefined || given === null) {
    return {
      encoding: given,
      flag: undefined,
      recursive: false,
      force: false,
      withFileTypes: false,
    };
  }
  if (typeof given !== 'object')
    throw new TypeError('The options must be an object or an encoding');
  const { encoding, flag, recursive, force, withFileTypes } = given as Partial<Options>;
  const types = !!withFileTypes;
  return { encoding, flag, recursive: !!recursive, force: !!force, withFileTypes: types };
}

/** The content of a file as an encoding says, or as a Buffer without one. */
export function content(bytes: Uint8Array<ArrayBuffer>, encoding: unknown): unknown {
  const { Buffer, encodingOf } = core.use<BufferGroup>('buffer');
  const isRaw = encoding === undefined || encoding === null || encoding === 'buffer';
  if (isRaw) return setPrototypeOf(bytes, Buffer.prototype);
  return encodingOf(encoding).decode(bytes, 0, typedLength(bytes));
}

/** What is to be written, as bytes of its own: a guest may go on with its buffer. */
export function dataOf(data: unknown, encoding: unknown): Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') {
    return core.use<BufferGroup>('buffer').encodingOf(encoding).encode(data);
  }
  const { bytesOf, isBufferSource } = core.use<EncodingGroup>('encoding');
  const found = isBufferSource(data)
    ? bytesOf(data)
    : core.use<FilesGroup>('files').bytesOfBlob(data);
  if (!found) throw new TypeError('The data must be a string, a buffer or a Blob');
  const bytes = new Uint8Array(typedLength(found));
  typedSet(bytes, found);
  return bytes;
}
