import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { encodeBase64 } from '../../encoding/guest/base64.ts';
import { MAX_MESSAGE_BYTES } from './bounds.ts';
import { foreignOf } from './foreign.ts';
import type { Signal } from './signals.ts';
import type { Writer } from './writer.ts';

const { ArrayBuffer, asyncIterator, Date, dateValue, Error } = primordials;
const { getPrototypeOf, isPrototypeOf, isView, iterator, Map, mapForEach, Object } = primordials;
const { Promise, RegExp, Set, setForEach, stringSlice, typedBuffer, typedByteLength } = primordials;
const { typedByteOffset, typedName, Uint8Array, viewBuffer, viewByteLength, viewByteOffset } =
  primordials;
const { objectKeys, toStringTag, WeakMap, WeakRef, WeakSet } = primordials;

const MAX_TEXT = 8192;

interface Kind {
  prototype: object;
  write(writer: Writer, value: object): void;
}

function refusal(constructor: Function, text: string): Kind {
  const prototype = constructor.prototype as object;
  return record<Kind>({ prototype, write: (writer) => writer.refuse(text) });
}

function kind(constructor: Function, write: Kind['write']): Kind {
  return record<Kind>({ prototype: constructor.prototype as object, write });
}

const KINDS: Kind[] = list<Kind>();
KINDS[0] = kind(Error, writeError);
KINDS[1] = kind(Date, writeDate);
KINDS[2] = kind(Map, writeMap);
KINDS[3] = kind(Set, writeSet);
KINDS[4] = kind(ArrayBuffer, (writer, value) => {
  writeBytes(writer, 'ArrayBuffer', new Uint8Array(value as ArrayBuffer));
});
KINDS[5] = refusal(Promise, 'is a Promise; await it');
KINDS[6] = refusal(RegExp, 'is a RegExp; send its source');
KINDS[7] = refusal(WeakMap, 'is a WeakMap, which has no plain form');
KINDS[8] = refusal(WeakSet, 'is a WeakSet, which has no plain form');
KINDS[9] = refusal(WeakRef, 'is a WeakRef, which has no plain form');

/** Writes what is more than its own fields; answers whether it was such a thing. */
export function writeSpecial(writer: Writer, value: object): boolean {
  if (isIterable(value)) {
    if (foreignOf(value)) writer.reference(value);
    else writer.lend('iterable', value);
    return true;
  }
  if (getPrototypeOf(value) === Object.prototype) return false;
  if (isView(value)) {
    writeView(writer, value);
    return true;
  }
  const { signals } = writer.tables;
  if (signals.isSignal(value)) {
    writeSignal(writer, value);
    return true;
  }
  for (let i = 0; i < KINDS.length; i++) {
    if (!isPrototypeOf(KINDS[i]!.prototype, value)) continue;
    KINDS[i]!.write(writer, value);
    return true;
  }
  refuseOpaque(writer, value);
  return false;
}

/** What has a name of its own and nothing to show would be an empty object, and so lost in silence. */
function refuseOpaque(writer: Writer, value: object): void {
  const name = (value as Record<symbol, unknown>)[toStringTag];
  if (typeof name !== 'string' || objectKeys(value).length > 0) return;
  writer.refuse(`is a ${stringSlice(name, 0, 64)}, which has no plain form`);
}

/** An async iterable, or the iterator that a generator makes. */
function isIterable(value: object): boolean {
  const fields = value as Record<symbol | string, unknown>;
  if (typeof fields[asyncIterator] === 'function') {
    if (isPrototypeOf(Promise.prototype, value)) return false;
    return true;
  }
  return typeof fields[iterator] === 'function' && typeof fields['next'] === 'function';
}

function writeError(writer: Writer, value: object): void {
  const fields = value as { name?: unknown; message?: unknown; stack?: unknown; code?: unknown };
  const { name, message, stack, code } = fields;
  writer.tagged('{"$e":{"name":');
  writer.string(textOf(name, 'Error'));
  writer.put(',"message":');
  writer.string(textOf(message, ''));
  if (typeof stack === 'string') {
    writer.put(',"stack":');
    writer.string(textOf(stack, ''));
  }
  if (typeof code === 'string') {
    writer.put(',"code":');
    writer.string(textOf(code, ''));
  }
  writer.put('}}');
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? stringSlice(value, 0, MAX_TEXT) : otherwise;
}

function writeDate(writer: Writer, value: object): void {
  const time = dateValue(value);
  writer.tagged(time - time === 0 ? `{"$d":${time}}` : '{"$d":null}');
}

function writeMap(writer: Writer, value: object): void {
  const pairs = list<unknown>();
  mapForEach(value, (item: unknown, key: unknown) => {
    pairs[pairs.length] = key;
    pairs[pairs.length] = item;
  });
  writer.tagged('{"$m":[');
  for (let i = 0; i < pairs.length; i += 2) {
    writer.at(i / 2);
    writer.count(1);
    writer.put(i === 0 ? '[' : ',[');
    writer.value(pairs[i]);
    writer.put(',');
    writer.value(pairs[i + 1]);
    writer.put(']');
  }
  writer.put(']}');
}

function writeSet(writer: Writer, value: object): void {
  const items = list<unknown>();
  setForEach(value, (item: unknown) => {
    items[items.length] = item;
  });
  writer.tagged('{"$s":');
  writer.items(items, items.length);
  writer.put('}');
}

function writeView(writer: Writer, view: object): void {
  const name = typedName(view);
  if (name === undefined) {
    const bytes = new Uint8Array(viewBuffer(view), viewByteOffset(view), viewByteLength(view));
    return writeBytes(writer, 'DataView', bytes);
  }
  const buffer = typedBuffer(view);
  writeBytes(writer, name, new Uint8Array(buffer, typedByteOffset(view), typedByteLength(view)));
}

function writeBytes(writer: Writer, type: string, bytes: Uint8Array): void {
  // Four characters for three bytes: what cannot fit is not even begun.
  if (typedByteLength(bytes) > MAX_MESSAGE_BYTES * 0.75) writer.count(Infinity);
  writer.tagged(`{"$b":["${type}","`);
  writer.put(encodeBase64(bytes));
  writer.put('"]}');
}

function writeSignal(writer: Writer, signal: Signal): void {
  const { signals } = writer.tables;
  if (signal.aborted) {
    writer.tagged('{"$g":[');
    writer.value(signal.reason);
    return writer.put(']}');
  }
  const sent = signals.send(signal);
  const all = (writer.signals ??= list());
  all[all.length] = sent;
  writer.tagged(`{"$g":${sent.id}}`);
}
