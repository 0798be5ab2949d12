import { isAnyArrayBuffer, isDate, isMap, isPromise, isRegExp, isSet } from 'node:util/types';
import { isNativeError, isWeakMap, isWeakSet } from 'node:util/types';
import { MAX_MESSAGE_BYTES } from './bounds.ts';
import { guestViewOf } from './error-view.ts';
import type { Writer } from './writer.ts';

/** An heir of a typed array may call itself anything. */
const typedNameOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;

/** Writes what is more than its own fields; answers whether it was such a thing. */
export function writeSpecial(writer: Writer, value: object): boolean {
  if (isIterable(value)) {
    writer.reference('iterable', value);
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return false;
  if (writeBuffer(writer, value) || writeCollection(writer, value)) return true;
  if (value instanceof AbortSignal) writeSignal(writer, value);
  else if (isNativeError(value) || value instanceof Error) writeError(writer, value);
  else if (isDate(value)) writeDate(writer, value);
  else return refuseOpaque(writer, value);
  return true;
}

/** An async iterable, or the iterator that a generator makes. */
function isIterable(value: object): boolean {
  if (isPromise(value)) return false;
  const fields = value as Record<PropertyKey, unknown>;
  if (typeof fields[Symbol.asyncIterator] === 'function') return true;
  return typeof fields[Symbol.iterator] === 'function' && typeof fields['next'] === 'function';
}

/** What has a name of its own and nothing to show would be an empty object, and so lost in silence. */
function refuseOpaque(writer: Writer, value: object): false {
  if (isPromise(value)) writer.refuse('is a Promise; await it');
  if (isRegExp(value)) writer.refuse('is a RegExp; send its source');
  if (isWeakMap(value) || isWeakSet(value) || value instanceof WeakRef) {
    writer.refuse('is weak, and has no plain form');
  }
  const name = (value as Record<symbol, unknown>)[Symbol.toStringTag];
  if (typeof name === 'string' && Object.keys(value).length === 0) {
    writer.refuse(`is a ${name.slice(0, 64)}, which has no plain form`);
  }
  return false;
}

function writeBuffer(writer: Writer, value: object): boolean {
  if (isAnyArrayBuffer(value)) writeBytes(writer, 'ArrayBuffer', Buffer.from(value));
  else if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    const name = typedNameOf.call(value) as string | undefined;
    writeBytes(writer, name ?? 'DataView', Buffer.from(buffer, byteOffset, byteLength));
  } else return false;
  return true;
}

function writeBytes(writer: Writer, type: string, bytes: Buffer): void {
  // Four characters for three bytes: what cannot fit is not even begun.
  if (bytes.byteLength > MAX_MESSAGE_BYTES * 0.75) writer.tooLarge();
  writer.put(`{"$b":["${type}","${bytes.toString('base64')}"]}`, 3);
}

function writeCollection(writer: Writer, value: object): boolean {
  if (isSet(value)) {
    writer.put('{"$s":', 3);
    writer.items([...value]);
    writer.put('}');
    return true;
  }
  if (!isMap(value)) return false;
  writer.put('{"$m":[', 3);
  let index = 0;
  for (const [key, item] of value) {
    writer.at(index);
    writer.put(index++ === 0 ? '[' : ',[', 1);
    writer.value(key);
    writer.put(',');
    writer.value(item);
    writer.put(']');
  }
  writer.put(']}');
  return true;
}

function writeError(writer: Writer, error: object): void {
  writer.put(`{"$e":${JSON.stringify(guestViewOf(error))}}`, 6);
}

function writeDate(writer: Writer, value: Date): void {
  const time = value.getTime();
  writer.put(`{"$d":${Number.isNaN(time) ? 'null' : time}}`, 3);
}

function writeSignal(writer: Writer, signal: AbortSignal): void {
  if (signal.aborted) {
    writer.put('{"$g":[', 3);
    writer.value(signal.reason);
    return writer.put(']}');
  }
  const sent = writer.tables.signals.send(signal);
  writer.signals.push(sent);
  writer.put(`{"$g":${sent.id}}`, 3);
}
