import { Buffer } from 'node:buffer';
import { MAX_BROWSER_BYTES, MAX_BROWSER_JSON } from '@cofferdam/protocol';
import { BrowserError } from '../errors.ts';

/** Answers the tag of an object of Playwright's, or undefined for what is none of it. */
export type WriteHandle = (value: object) => unknown;

export interface Written {
  /** JSON text; undefined for `undefined`. */
  json: string | undefined;
  bytes: Uint8Array | undefined;
}

const MAX_DEPTH = 100;
/** What a page answers may refer to one object from many places, which comes out as often. */
const MAX_NODES = 200_000;

/** Writes a value for a guest. Throws a `BrowserLimitError` for one that is too large. */
export function writeValue(value: unknown, handle: WriteHandle): Written {
  if (value === undefined) return { json: undefined, bytes: undefined };
  const writer = new ValueWriter(handle);
  const json = JSON.stringify(writer.write(value, 0));
  if (json.length > MAX_BROWSER_JSON) throw tooLarge(`${MAX_BROWSER_JSON} characters`);
  return { json, bytes: writer.bytes };
}

class ValueWriter {
  readonly #handle: WriteHandle;
  readonly #pieces: Uint8Array[] = [];
  #byteLength = 0;
  #nodes = 0;
  #characters = 0;

  constructor(handle: WriteHandle) {
    this.#handle = handle;
  }

  get bytes(): Uint8Array | undefined {
    return this.#pieces.length === 0 ? undefined : Buffer.concat(this.#pieces, this.#byteLength);
  }

  write(value: unknown, depth: number): unknown {
    if (++this.#nodes > MAX_NODES) throw tooLarge(`${MAX_NODES} values`);
    if (depth > MAX_DEPTH) throw tooLarge(`${MAX_DEPTH} levels, or a circle`);
    switch (typeof value) {
      case 'string':
        this.#countCharacters(value.length);
        return value;
      case 'number':
        return numberOf(value);
      case 'bigint':
        return { $i: String(value) };
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.#object(value, depth);
      default:
        return { $u: 1 };
    }
  }

  #object(value: object, depth: number): unknown {
    const handle = this.#handle(value);
    if (handle !== undefined) return handle;
    if (Array.isArray(value)) return value.map((each) => this.write(each, depth + 1));
    const special = this.#special(value);
    if (special !== undefined) return special;
    const written: Record<string, unknown> = {};
    let isTagged = false;
    for (const [key, each] of Object.entries(value)) {
      this.#countCharacters(key.length);
      isTagged ||= key.startsWith('$');
      setOwn(written, key, this.write(each, depth + 1));
    }
    return isTagged ? { $o: written } : written;
  }

  #special(value: object): unknown {
    if (ArrayBuffer.isView(value)) {
      return this.#addBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    if (value instanceof Date) {
      const time = value.getTime();
      return { $d: Number.isNaN(time) ? null : time };
    }
    if (value instanceof RegExp) return { $r: [value.source, value.flags] };
    if (value instanceof URL) return value.href;
    if (value instanceof Error) return { $e: { name: value.name, message: value.message } };
    return undefined;
  }

  #addBytes(piece: Uint8Array): unknown {
    const offset = this.#byteLength;
    this.#byteLength += piece.byteLength;
    if (this.#byteLength > MAX_BROWSER_BYTES) throw tooLarge(`${MAX_BROWSER_BYTES} bytes`);
    this.#pieces.push(piece);
    return { $b: [offset, piece.byteLength] };
  }

  #countCharacters(count: number): void {
    this.#characters += count;
    if (this.#characters > MAX_BROWSER_JSON) throw tooLarge(`${MAX_BROWSER_JSON} characters`);
  }
}

function numberOf(value: number): unknown {
  if (Object.is(value, -0)) return { $n: '-0' };
  return Number.isFinite(value) ? value : { $n: String(value) };
}

/** Also a field `__proto__`, which is one as any other for a guest. */
function setOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true });
}

function tooLarge(than: string): BrowserError {
  return new BrowserError('BrowserLimitError', `The browser's answer has more than ${than}`);
}
