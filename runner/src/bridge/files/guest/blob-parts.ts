import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';

const { charCodeAt, regexpExec, stringSlice, toLowerCase, toWellFormed } = primordials;
const { typedLength, typedSet, TypeError, Uint8Array } = primordials;
const { bytesOf, encodeUtf8, isBufferSource } = core.use<EncodingGroup>('encoding');

const TYPE = /^[\x20-\x7e]*$/;
const CR = 0x0d;
const LF = 0x0a;

export interface BlobOptions {
  endings: 'transparent' | 'native';
  type: string;
}

/** A part as Web IDL converts it: a text, or what to take the bytes of once all are converted. */
export type Part = string | (() => Uint8Array);

/** A media type in lower case; nothing of one that has other characters than printable ASCII. */
export function normalType(type: string): string {
  return regexpExec(TYPE, type) === null ? '' : toLowerCase(type);
}

/** Members are read in the order of their names, as Web IDL has it. */
export function readOptions(options: unknown): BlobOptions {
  if (options === undefined || options === null)
    return record({ endings: 'transparent', type: '' });
  if (typeof options !== 'object' && typeof options !== 'function') {
    throw new TypeError('The options must be an object');
  }
  const given = options as { endings?: unknown; type?: unknown };
  const { endings } = given;
  const ending = endings === undefined ? 'transparent' : `${endings as string}`;
  if (ending !== 'transparent' && ending !== 'native') {
    throw new TypeError('endings must be transparent or native');
  }
  const { type } = given;
  return record({
    endings: ending,
    type: type === undefined ? '' : normalType(`${type as string}`),
  });
}

export function readParts(
  parts: unknown,
  blobBytes: (value: unknown) => Uint8Array | undefined,
): Part[] {
  const isObject = (typeof parts === 'object' && parts !== null) || typeof parts === 'function';
  const method = isObject ? (parts as Iterable<unknown>)[primordials.iterator] : undefined;
  if (typeof method !== 'function') throw new TypeError('The parts must be a sequence');
  const read = list<Part>();
  const walk = primordials.apply(method, parts, []) as Iterator<unknown>;
  const { next } = walk;
  for (;;) {
    const step = primordials.apply(next, walk, []) as IteratorResult<unknown>;
    if (step.done) return read;
    const bytes = blobBytes(step.value);
    if (bytes) read[read.length] = () => bytes;
    else if (isBufferSource(step.value)) read[read.length] = () => currentBytes(step.value);
    else read[read.length] = toWellFormed(`${step.value as string}`);
  }
}

/** Of a buffer that was detached meanwhile there is nothing left. */
function currentBytes(source: unknown): Uint8Array {
  try {
    return bytesOf(source);
  } catch {
    return new Uint8Array(0);
  }
}

/** All parts one after the other, in memory of their own. */
export function joinParts(parts: readonly Part[], endings: BlobOptions['endings']): Uint8Array {
  const pieces = list<Uint8Array>();
  let size = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (typeof part === 'string') {
      pieces[i] = encodeUtf8(endings === 'native' ? nativeEndings(part) : part);
    } else {
      pieces[i] = part();
    }
    size += typedLength(pieces[i]);
  }
  const bytes = new Uint8Array(size);
  for (let i = 0, at = 0; i < pieces.length; i++) {
    typedSet(bytes, pieces[i]!, at);
    at += typedLength(pieces[i]);
  }
  return bytes;
}

/** The native line ending here is a line feed. */
function nativeEndings(text: string): string {
  return replaceEndings(text, '\n');
}

/** Every line ending, be it CR, LF or both, as the one given. */
export function replaceEndings(text: string, ending: string): string {
  let replaced = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code !== CR && code !== LF) continue;
    replaced += stringSlice(text, from, i) + ending;
    if (code === CR && i + 1 < text.length && charCodeAt(text, i + 1) === LF) i++;
    from = i + 1;
  }
  return replaced + stringSlice(text, from);
}
