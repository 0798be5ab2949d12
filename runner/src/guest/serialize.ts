import {
  apply,
  isArray,
  jsonStringify,
  list,
  objectKeys,
  record,
  regexpExec,
  slice,
  utf8Length,
} from './intrinsics.ts';
import { describeKind, exoticKind, unboxed } from './kind.ts';
import { thrownText } from './read.ts';

/** Why a value could not be serialized. */
export interface Refusal {
  exitReason: 'ResultNotPlain' | 'Output';
  message: string;
  path: string;
}

const MAX_DEPTH = 200;
const MAX_PATH = 1024;

/**
 * Writes values as JSON text, within one budget of bytes for all of them. Differs from
 * JSON.stringify in that what JSON would drop in silence (a function, a Map) is refused by name.
 */
export class Serializer {
  readonly #maxBytes: number;
  /** UTF-16 units so far: never more than the bytes, so it may stop the walk early. */
  #length = 0;
  #text = '';
  readonly #path = list<string | number>();
  readonly #ancestors = list<object>();
  #root = 'result';
  refusal: Refusal | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** JSON text; `undefined` for `undefined`, and when {@link refusal} says why not. */
  write(value: unknown, root: string): string | undefined {
    this.#root = root;
    this.#text = '';
    this.#path.length = 0;
    this.#ancestors.length = 0;
    const written = this.#value(value, '', false);
    if (!written || this.refusal) return undefined;
    // Bytes are counted exactly only where the units could exceed the limit as bytes.
    const room = this.#maxBytes - (this.#length - this.#text.length);
    if (this.#text.length * 3 > room && utf8Length(this.#text, room) > room) this.#tooLarge();
    return this.refusal ? undefined : this.#text;
  }

  #put(text: string): boolean {
    this.#length += text.length;
    this.#text += text;
    return this.#length <= this.#maxBytes || this.#tooLarge();
  }

  #tooLarge(): false {
    this.refusal ??= record<Refusal>({
      exitReason: 'Output',
      message: `The result is larger than ${this.#maxBytes} bytes`,
      path: this.#where(),
    });
    return false;
  }

  #refuse(what: string): false {
    const path = this.#where();
    const message = `${path} ${what}`;
    this.refusal ??= record<Refusal>({ exitReason: 'ResultNotPlain', message, path });
    return false;
  }

  /** Answers whether something was written; `undefined` is not, unless `inArray`. */
  #value(value: unknown, key: string, inArray: boolean): boolean {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        // Infinity less itself is NaN, as is NaN less itself.
        return this.#put(value - value === 0 ? `${value}` : 'null');
      case 'boolean':
        return this.#put(value ? 'true' : 'false');
      case 'undefined':
        return inArray && this.#put('null');
      case 'object':
        return value === null ? this.#put('null') : this.#object(value, key, inArray);
      default:
        return this.#refuse(describeKind(value));
    }
  }

  #string(value: string): boolean {
    if (this.#length + value.length > this.#maxBytes) return this.#tooLarge();
    return this.#put(jsonStringify(value));
  }

  #object(value: object, key: string, inArray: boolean): boolean {
    let toJSON: unknown;
    try {
      toJSON = (value as { toJSON?: unknown }).toJSON;
      if (typeof toJSON === 'function') {
        const plain: unknown = apply(toJSON, value, list(key));
        // Once only, as JSON does: what toJSON answers is not asked again.
        return typeof plain === 'object' && plain !== null
          ? this.#container(plain)
          : this.#value(plain, key, inArray);
      }
    } catch (error) {
      return this.#refuse(`could not be read: ${thrownText(error)}`);
    }
    return this.#container(value);
  }

  #container(value: object): boolean {
    const { length } = this.#ancestors;
    if (length >= MAX_DEPTH) return this.#refuse(`is nested deeper than ${MAX_DEPTH}`);
    for (let i = 0; i < length; i++) {
      if (this.#ancestors[i] === value) return this.#refuse('is a cycle: it refers to a parent');
    }
    this.#ancestors[length] = value;
    let written: boolean;
    try {
      const kind = exoticKind(value);
      if (kind !== undefined) written = this.#refuse(kind);
      else written = isArray(value) ? this.#array(value) : this.#fields(value);
    } catch (error) {
      written = this.#refuse(`could not be read: ${thrownText(error)}`);
    }
    this.#ancestors.length = length;
    return written;
  }

  #array(value: readonly unknown[]): boolean {
    if (!this.#put('[')) return false;
    const depth = this.#path.length;
    const { length } = value;
    for (let i = 0; i < length; i++) {
      this.#path[depth] = i;
      if (i > 0 && !this.#put(',')) return false;
      if (!this.#value(value[i], `${i}`, true)) return false;
    }
    this.#path.length = depth;
    return this.#put(']');
  }

  #fields(value: object): boolean {
    const boxed = unboxed(value);
    if (boxed !== value) return this.#value(boxed, '', false);
    if (!this.#put('{')) return false;
    const depth = this.#path.length;
    const names = objectKeys(value);
    let separator = '';
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      this.#path[depth] = name;
      const field = (value as Record<string, unknown>)[name];
      if (field === undefined) continue;
      // Kept to take the name back: a toJSON that answers undefined drops the field.
      const before = this.#text;
      const beforeLength = this.#length;
      if (!this.#put(separator) || !this.#string(name) || !this.#put(':')) return false;
      if (this.#value(field, name, false)) {
        separator = ',';
      } else {
        if (this.refusal) return false;
        this.#text = before;
        this.#length = beforeLength;
      }
    }
    this.#path.length = depth;
    return this.#put('}');
  }

  /** `result.items[3].onClick` */
  #where(): string {
    let path = this.#root;
    for (let i = 0; i < this.#path.length && path.length < MAX_PATH; i++) {
      const step = this.#path[i]!;
      if (typeof step === 'number') path += `[${step}]`;
      else if (regexpExec(IDENTIFIER, step) !== null) path += `.${step}`;
      else path += `[${jsonStringify(slice(step, 0, MAX_PATH))}]`;
    }
    return slice(path, 0, MAX_PATH);
  }
}
const IDENTIFIER = /^[A-Za-z_$][\w$]{0,200}$/;
