import { CofferdamError } from '@cofferdam/protocol';

type View = new (buffer: ArrayBuffer) => ArrayBufferView;

/** Views by name, with the size of an element. Float16Array is not in the library's types yet. */
const { Float16Array } = globalThis as unknown as { Float16Array: View };
const VIEWS: ReadonlyMap<unknown, readonly [View, number]> = new Map<
  unknown,
  readonly [View, number]
>([
  ['BigInt64Array', [BigInt64Array, 8]],
  ['BigUint64Array', [BigUint64Array, 8]],
  ['DataView', [DataView, 1]],
  ['Float16Array', [Float16Array, 2]],
  ['Float32Array', [Float32Array, 4]],
  ['Float64Array', [Float64Array, 8]],
  ['Int16Array', [Int16Array, 2]],
  ['Int32Array', [Int32Array, 4]],
  ['Int8Array', [Int8Array, 1]],
  ['Uint16Array', [Uint16Array, 2]],
  ['Uint32Array', [Uint32Array, 4]],
  ['Uint8Array', [Uint8Array, 1]],
  ['Uint8ClampedArray', [Uint8ClampedArray, 1]],
]);

/** A buffer or a view on one of its own, from the name of its kind and base64. */
export function readBytes(content: unknown): ArrayBuffer | ArrayBufferView {
  const [name, text] = Array.isArray(content) ? (content as unknown[]) : [];
  if (typeof text !== 'string') throw unreadable();
  const shared = Buffer.from(text, 'base64');
  // Small ones are parts of Node's pool, which a view must not show.
  const buffer = new ArrayBuffer(shared.byteLength);
  new Uint8Array(buffer).set(shared);
  if (name === 'ArrayBuffer') return buffer;
  const view = VIEWS.get(name);
  if (!view || buffer.byteLength % view[1] !== 0) throw unreadable();
  return new view[0](buffer);
}

function unreadable(): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', 'bytes of the port cannot be read');
}
