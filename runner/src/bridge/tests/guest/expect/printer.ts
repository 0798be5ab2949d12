import { primordials } from '../../../../guest/captured.ts';
import { list } from '../../../../guest/interface.ts';
import { AsymmetricMatcher, foreignText } from './asymmetric.ts';
import { enumerableKeys } from './field-equality.ts';
import { entriesOf } from './iterable-equality.ts';
import { isBuffer, isMap, isSet, tagOf } from './kinds.ts';
import { basicText, constructorName, errorFields, type TextOptions } from './printed-basics.ts';

const { apply, DataView, getInt8, isArray, isError, isView, setForEach } = primordials;
const { setPrototypeOf, stringSlice, viewByteLength } = primordials;

export interface PrintOptions extends TextOptions {
  /** All on one line. */
  compact: boolean;
  /** Errors with their fields, for a comparison; else `[Error: message]`. */
  errorFields: boolean;
  /** UTF-16 units; what comes after them is `…`. */
  maxText: number;
}

const INDENT = '  ';
const MAX_DEPTH = 100;

/** A value as text, in the form that snapshots have. It runs the value's getters and `toJSON`. */
export class Printer {
  /** Something was left out for its size. */
  isCut = false;
  readonly #options: PrintOptions;
  readonly #ancestors = list<object>();
  #left: number;
  #indentation = '';

  constructor(options: PrintOptions) {
    this.#options = options;
    this.#left = options.maxText;
  }

  /** Of a value within others, or of all. */
  text(value: unknown, wasJson = false): string {
    if (this.#left <= 0) return this.#omitted();
    const basic = basicText(value, this.#options);
    if (basic !== undefined) return this.#spent(basic);
    const holder = value as object;
    for (let i = 0; i < this.#ancestors.length; i++) {
      if (this.#ancestors[i] === holder) return this.#spent('[Circular]');
    }
    if (this.#ancestors.length >= MAX_DEPTH) return this.#spent(`[${constructorName(holder)}]`);
    this.#ancestors[this.#ancestors.length] = holder;
    try {
      return this.#objectText(holder, wasJson);
    } finally {
      this.#ancestors.length--;
    }
  }

  /** The enumerable fields of an object, without what is around them. */
  fields(holder: object): string {
    return this.#fieldsOf(holder, enumerableKeys(holder, true));
  }

  /** What an array or another list holds, without what is around it. */
  items(held: ArrayLike<unknown>): string {
    const { length } = held;
    return this.#lines(length, (i) => (i in held ? this.text(held[i]) : ''));
  }

  #objectText(value: object, wasJson: boolean): string {
    const asymmetric = AsymmetricMatcher.print(value, this) ?? foreignText(value);
    if (asymmetric !== undefined) return this.#spent(asymmetric);
    if (isError(value)) {
      const fields = errorFields(value);
      return `${value.name} {${this.#fieldsOf(fields, enumerableKeys(fields))}}`;
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function' && !wasJson) return this.text(apply(toJSON, value, []), true);
    return this.#listText(value) ?? this.#plainText(value);
  }

  #listText(value: object): string | undefined {
    const tag = tagOf(value);
    if (tag === 'Map' && isMap(value)) return `Map {${this.#entries(value)}}`;
    if (tag === 'Set' && isSet(value)) return `Set {${this.items(heldBy(value))}}`;
    if (tag === 'Arguments') return `Arguments [${this.items(value as ArrayLike<unknown>)}]`;
    const name = constructorName(value);
    const view = viewOf(value, tag);
    if (view) return `${name} [${this.#bytes(view)}]`;
    if (!isArray(value) && LISTED[tag] !== true) return undefined;
    return `${name === 'Array' ? '' : `${name} `}[${this.items(value as ArrayLike<unknown>)}]`;
  }

  #plainText(value: object): string {
    const name = constructorName(value);
    return `${name === 'Object' ? '' : `${name} `}{${this.fields(value)}}`;
  }

  #bytes(view: DataView): string {
    return this.#lines(viewByteLength(view), (i) => this.text(getInt8(view, i)));
  }

  #entries(map: Map<unknown, unknown>): string {
    const entries = entriesOf(map);
    return this.#lines(entries.length, (i) => {
      const { key, value } = entries[i]!;
      return `${this.text(key)} => ${this.text(value)}`;
    });
  }

  #fieldsOf(holder: object, names: readonly PropertyKey[]): string {
    return this.#lines(names.length, (i) => {
      const name = names[i]!;
      return `${this.text(name)}: ${this.text((holder as Record<PropertyKey, unknown>)[name])}`;
    });
  }

  #lines(count: number, lineOf: (index: number) => string): string {
    if (count === 0) return '';
    return this.#options.compact ? this.#joined(count, lineOf) : this.#broken(count, lineOf);
  }

  #joined(count: number, lineOf: (index: number) => string): string {
    let text = '';
    for (let i = 0; i < count; i++) {
      if (this.#left <= 0) return text + this.#omitted();
      this.#left -= 2;
      text += i === 0 ? lineOf(i) : `, ${lineOf(i)}`;
    }
    return text;
  }

  #broken(count: number, lineOf: (index: number) => string): string {
    const outer = this.#indentation;
    this.#indentation += INDENT;
    const start = `\n${this.#indentation}`;
    let text = '';
    for (let i = 0; i < count; i++) {
      if (this.#left <= 0) {
        text += start + this.#omitted();
        break;
      }
      this.#left -= start.length + 1;
      text += `${start}${lineOf(i)},`;
    }
    this.#indentation = outer;
    return `${text}\n${outer}`;
  }

  #spent(text: string): string {
    const left = this.#left;
    this.#left -= text.length;
    if (this.#left >= 0) return text;
    return `${stringSlice(text, 0, left)}${this.#omitted()}`;
  }

  #omitted(): string {
    this.isCut = true;
    return '…';
  }
}

/** Kinds of lists, beside arrays, that are printed as such; others have their fields. */
const LISTED: Record<string, true> = setPrototypeOf(
  {
    Float32Array: true,
    Float64Array: true,
    Int8Array: true,
    Int16Array: true,
    Int32Array: true,
    Uint8Array: true,
    Uint8ClampedArray: true,
    Uint16Array: true,
    Uint32Array: true,
  },
  null,
) as Record<string, true>;

function heldBy(set: Set<unknown>): unknown[] {
  const held = list<unknown>();
  setForEach(set, (item) => (held[held.length] = item));
  return held;
}

/** The bytes of what is a buffer, and not only called one. */
function viewOf(value: object, tag: string): DataView | undefined {
  if (tag === 'ArrayBuffer' && isBuffer(value)) return new DataView(value);
  return tag === 'DataView' && isView(value) ? (value as DataView) : undefined;
}
