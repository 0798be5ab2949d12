import { core, primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { isRemote, stateOf, type Step } from './remote.ts';
import { isPageFunction, sourceOf, textOfPageFunction } from './source.ts';

const { charCodeAt, Date, dateValue, isArray, isPrototypeOf, jsonStringify } = primordials;
const { Map, objectKeys, Promise, RegExp, regexpFlags, regexpSource, Set } = primordials;
const { typedLength, typedSet, TypeError, Uint8Array } = primordials;
const { bytesOf, isBufferSource } = core.use<EncodingGroup>('encoding');

/** As the host takes it, in characters, which are one byte at least. */
const MAX_TEXT = 1024 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 64;
const DOLLAR = 0x24;

/** Arguments on their way: JSON text, and the bytes that it refers to. */
export interface Encoded {
  text: string;
  bytes: ArrayBuffer | undefined;
}

/**
 * Writes arguments as JSON text with the tags of docs/browser.md, in one walk: no tree is made that a
 * guest's `toJSON` could see. Getters and traps of the guest run while it walks.
 */
class Encoder {
  #text = '';
  #depth = 0;
  #size = 0;
  readonly #pieces = list<Uint8Array>();

  encode(args: readonly unknown[]): Encoded {
    this.#items(args);
    return { text: this.#text, bytes: this.#size > 0 ? this.#joined() : undefined };
  }

  #put(text: string): void {
    this.#text += text;
    if (this.#text.length > MAX_TEXT) {
      throw new TypeError(`The arguments are larger than ${MAX_TEXT} characters`);
    }
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#put(jsonStringify(value));
      case 'number':
        return this.#number(value);
      case 'boolean':
        return this.#put(value ? 'true' : 'false');
      case 'undefined':
        return this.#put('{"$u":1}');
      case 'function':
        return this.#tag('$f', jsonStringify(sourceOf(value)));
      case 'bigint':
        return this.#tag('$i', `"${value}"`);
      case 'object':
        return value === null ? this.#put('null') : this.#object(value);
      default:
        throw new TypeError(`A ${typeof value} cannot be given to a page`);
    }
  }

  #tag(name: string, content: string): void {
    this.#put(`{"${name}":${content}}`);
  }

  #number(value: number): void {
    // Infinity less itself is NaN, as is NaN less itself.
    if (value - value !== 0) return this.#tag('$n', `"${value}"`);
    if (value === 0 && 1 / value < 0) return this.#tag('$n', '"-0"');
    this.#put(`${value}`);
  }

  #object(value: object): void {
    if (this.#depth >= MAX_DEPTH) {
      throw new TypeError(`An argument is a cycle, or nested deeper than ${MAX_DEPTH}`);
    }
    this.#depth++;
    if (isRemote(value)) this.#remote(value);
    else if (isBufferSource(value)) this.#bytes(bytesOf(value));
    else if (isArray(value)) this.#items(value);
    else if (!this.#builtin(value)) this.#fields(value);
    this.#depth--;
  }

  #remote(remote: object): void {
    const { kind, id, chain, prefix } = stateOf(remote);
    if (chain && kind === 'Locator') return this.#tag('$l', `["${id}",${chainText(chain)}]`);
    if (chain || prefix !== '' || kind === 'Browser') {
      throw new TypeError(`A ${kind} cannot be given to the browser`);
    }
    this.#tag('$h', jsonStringify(id));
  }

  #bytes(bytes: Uint8Array): void {
    const length = typedLength(bytes);
    if (this.#size + length > MAX_BYTES) {
      throw new TypeError(`The arguments have more than ${MAX_BYTES} bytes`);
    }
    this.#tag('$b', `[${this.#size},${length}]`);
    this.#pieces[this.#pieces.length] = bytes;
    this.#size += length;
  }

  #builtin(value: object): boolean {
    if (isPrototypeOf(Date.prototype, value)) {
      const time = dateValue(value);
      this.#tag('$d', time - time === 0 ? `${time}` : 'null');
    } else if (isPrototypeOf(RegExp.prototype, value)) {
      const source = jsonStringify(regexpSource(value));
      this.#tag('$r', `[${source},${jsonStringify(regexpFlags(value))}]`);
    } else if (isPageFunction(value)) {
      this.#tag('$f', jsonStringify(textOfPageFunction(value)));
    } else {
      refuseOpaque(value);
      return false;
    }
    return true;
  }

  #items(items: readonly unknown[]): void {
    this.#put('[');
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.#put(',');
      this.#value(items[i]);
    }
    this.#put(']');
  }

  #fields(value: object): void {
    const names = objectKeys(value);
    const isTagLike = hasDollar(names);
    this.#put(isTagLike ? '{"$o":{' : '{');
    for (let i = 0; i < names.length; i++) {
      if (i > 0) this.#put(',');
      this.#put(`${jsonStringify(names[i]!)}:`);
      this.#value((value as Record<string, unknown>)[names[i]!]);
    }
    this.#put(isTagLike ? '}}' : '}');
  }

  #joined(): ArrayBuffer {
    const all = new Uint8Array(this.#size);
    for (let i = 0, at = 0; i < this.#pieces.length; i++) {
      typedSet(all, this.#pieces[i]!, at);
      at += typedLength(this.#pieces[i]);
    }
    return primordials.typedBuffer(all);
  }
}

/** A chain as JSON text; the arguments of each step are a text within it. */
function chainText(chain: readonly Step[]): string {
  let text = '[';
  for (let i = 0; i < chain.length; i++) {
    const step = chain[i]!;
    text += `${i > 0 ? ',' : ''}[${jsonStringify(step[0])},${jsonStringify(step[1])}]`;
  }
  return `${text}]`;
}

const OPAQUE = list<[Function, string]>();
OPAQUE[0] = [Promise, 'Promise; await it'];
OPAQUE[1] = [Map, 'Map'];
OPAQUE[2] = [Set, 'Set'];

/** What would come there as an empty object. */
function refuseOpaque(value: object): void {
  for (let i = 0; i < OPAQUE.length; i++) {
    const kind = OPAQUE[i]!;
    if (!isPrototypeOf(kind[0].prototype as object, value)) continue;
    throw new TypeError(`An argument is a ${kind[1]}, which has no form in a page`);
  }
}

function hasDollar(names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++) if (charCodeAt(names[i]!, 0) === DOLLAR) return true;
  return false;
}

export function encodeArgs(args: readonly unknown[]): Encoded {
  return new Encoder().encode(args);
}
