import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { BufferGroup } from '../../buffer/guest.ts';
import type { BrowserClassName } from './classes.ts';
import { errorOf, type ToldError } from './failure.ts';
import { findRemote, remoteOf, update } from './registry.ts';

const { BigInt, bufferSlice, charCodeAt, Date, isArray, jsonParse, objectKeys, RegExp } =
  primordials;
const { TypeError } = primordials;
const DOLLAR = 0x24;
const NOT_A_NUMBER = 0 / 0;

const NUMBERS: Record<string, number> = record({
  NaN: NOT_A_NUMBER,
  Infinity: 1 / 0,
  '-Infinity': -1 / 0,
  '-0': -0,
});

interface HandleTag {
  $h: string;
  c: BrowserClassName;
  s?: unknown;
}

/** What the host answered, as the guest's values. */
export function decode(text: string | undefined, bytes?: ArrayBuffer): unknown {
  return text === undefined ? undefined : read(jsonParse(text), bytes);
}

/** What has changed of objects that the guest has: by id, their fields. */
export function takeState(text: string): void {
  const changes = jsonParse(text) as Record<string, Record<string, unknown>>;
  const ids = objectKeys(changes);
  for (let i = 0; i < ids.length; i++) {
    const remote = findRemote(ids[i]!);
    if (remote) update(remote, read(changes[ids[i]!], undefined) as Record<string, unknown>);
  }
}

/** In place: what has no tag is what it should be already. */
function read(value: unknown, bytes: ArrayBuffer | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = read(value[i], bytes);
    return value;
  }
  const names = objectKeys(value);
  if (names.length > 0 && charCodeAt(names[0]!, 0) === DOLLAR) {
    return tagged(names[0]!, value as Record<string, unknown>, bytes);
  }
  // Each field is the object's own: no setter of a prototype is in its way.
  const fields = value as Record<string, unknown>;
  for (let i = 0; i < names.length; i++) fields[names[i]!] = read(fields[names[i]!], bytes);
  return value;
}

function tagged(
  tag: string,
  holder: Record<string, unknown>,
  bytes: ArrayBuffer | undefined,
): unknown {
  const content = holder[tag];
  switch (tag) {
    case '$h':
      return handle(holder as unknown as HandleTag);
    case '$b':
      return bytesIn(bytes, content as [number, number]);
    case '$o':
      return untagged(content as Record<string, unknown>, bytes);
    default:
      return plain(tag, content);
  }
}

function handle(tag: HandleTag): object {
  const { $h, c, s } = record(tag);
  return remoteOf($h, c, s === undefined ? undefined : read(s, undefined));
}

function untagged(fields: Record<string, unknown>, bytes: ArrayBuffer | undefined): object {
  const names = objectKeys(fields);
  for (let i = 0; i < names.length; i++) fields[names[i]!] = read(fields[names[i]!], bytes);
  return fields;
}

function plain(tag: string, content: unknown): unknown {
  switch (tag) {
    case '$u':
      return undefined;
    case '$n':
      return NUMBERS[content as string];
    case '$i':
      return BigInt(content as string);
    case '$e':
      return errorOf(content as ToldError);
    case '$d':
      return new Date(content === null ? NOT_A_NUMBER : (content as number));
    case '$r':
      return new RegExp((content as [string, string])[0], (content as [string, string])[1]);
    default:
      throw new TypeError('The browser answered what cannot be read');
  }
}

/** A buffer as of Node, with an `ArrayBuffer` of its own. */
function bytesIn(bytes: ArrayBuffer | undefined, piece: [number, number]): unknown {
  if (!bytes) throw new TypeError('The browser answered what cannot be read');
  const { Buffer } = core.use<BufferGroup>('buffer');
  return Buffer.from(bufferSlice(bytes, piece[0], piece[0] + piece[1]));
}
