import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import { utf8Size } from '../../encoding/guest/utf8.ts';
import { MAX_BIGINT_DIGITS, MAX_DEPTH, MAX_MESSAGE_BYTES, MAX_VALUES } from './bounds.ts';
import { portError } from './errors.ts';
import { foreignOf } from './foreign.ts';
import type { Owned, OwnedTable } from './owned.ts';
import type { SentSignal, SignalTable } from './signals.ts';
import { writeSpecial } from './write-special.ts';

const { charCodeAt, getPrototypeOf, isArray, jsonStringify, objectKeys, stringSlice } = primordials;
const DOLLAR = 0x24;
const MAX_PATH = 1024;

export interface Tables {
  readonly owned: OwnedTable;
  readonly signals: SignalTable;
}

/**
 * Writes one message as JSON text, in one walk: no tree is made that a guest's `toJSON` could see.
 * Getters and traps of the guest run while it walks, and may write messages of their own.
 */
export class Writer {
  text: string;
  values = 0;
  /** What the message refers to: given back when it cannot be sent after all. */
  lent: Owned[] | undefined = undefined;
  signals: SentSignal[] | undefined = undefined;
  readonly tables: Tables;
  readonly #root: string;
  #ancestors: object[] | undefined = undefined;
  #path: (string | number)[] | undefined = undefined;
  #depth = 0;

  constructor(tables: Tables, start: string, root: string) {
    this.tables = tables;
    this.text = start;
    this.#root = root;
  }

  put(text: string): void {
    this.text += text;
    if (this.text.length > MAX_MESSAGE_BYTES) this.#tooLarge();
  }

  /** The whole message, once everything was written; throws when it is too large as UTF-8. */
  finish(end: string): string {
    this.put(end);
    const { text } = this;
    if (text.length * 3 > MAX_MESSAGE_BYTES && utf8Size(text) > MAX_MESSAGE_BYTES) this.#tooLarge();
    return text;
  }

  /** Undoes what a message did that is not sent. */
  abandon(): void {
    const { lent, signals } = this;
    if (lent) for (let i = 0; i < lent.length; i++) this.tables.owned.giveBack(lent[i]!, 1);
    if (signals) for (let i = 0; i < signals.length; i++) this.tables.signals.release(signals[i]!);
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.string(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        return this.#plain(value ? 'true' : 'false');
      case 'undefined':
        return this.tagged('{"$u":1}');
      case 'object':
        return value === null ? this.#plain('null') : this.#object(value);
      case 'function':
        return this.reference(value);
      case 'bigint':
        return this.#bigint(value);
      default:
        return this.refuse('is a symbol');
    }
  }

  string(value: string): void {
    this.count(1);
    if (this.text.length + value.length > MAX_MESSAGE_BYTES) this.#tooLarge();
    this.put(jsonStringify(value));
  }

  /** A text that has a wrapping, which its reader counts as values too. */
  tagged(text: string): void {
    this.count(3);
    this.put(text);
  }

  #plain(text: string): void {
    this.count(1);
    this.put(text);
  }

  #number(value: number): void {
    // Infinity less itself is NaN, as is NaN less itself.
    if (value - value !== 0) return this.tagged(`{"$n":"${value}"}`);
    if (value === 0 && 1 / value < 0) return this.tagged('{"$n":"-0"}');
    this.#plain(`${value}`);
  }

  #bigint(value: bigint): void {
    const digits = `${value}`;
    if (digits.length > MAX_BIGINT_DIGITS) this.refuse('is a bigint of too many digits');
    this.tagged(`{"$i":"${digits}"}`);
  }

  reference(value: object): void {
    const foreign = foreignOf(value);
    if (!foreign) return this.lend('function', value);
    if (foreign.isGone) this.refuse('is a reference that was given back');
    this.tagged(`{"$r":${foreign.id}}`);
  }

  lend(kind: Owned['kind'], value: object): void {
    const owned = this.tables.owned.lend(kind, value);
    const lent = (this.lent ??= list<Owned>());
    lent[lent.length] = owned;
    this.tagged(kind === 'function' ? `{"$f":${owned.id}}` : `{"$a":${owned.id}}`);
  }

  #object(value: object): void {
    this.enter(value);
    if (isArray(value)) this.items(value, value.length);
    else if (getPrototypeOf(value) === null || !writeSpecial(this, value)) this.#fields(value);
    this.leave();
  }

  enter(value: object): void {
    this.count(2);
    const ancestors = (this.#ancestors ??= list<object>());
    const depth = this.#depth;
    if (depth >= MAX_DEPTH) this.refuse(`is nested deeper than ${MAX_DEPTH}`);
    for (let i = 0; i < depth; i++) {
      if (ancestors[i] === value) this.refuse('is a cycle: it refers to a parent');
    }
    ancestors[depth] = value;
    this.#depth = depth + 1;
  }

  leave(): void {
    this.#depth--;
  }

  at(step: string | number): void {
    const path = (this.#path ??= list<string | number>());
    path[this.#depth - 1] = step;
  }

  items(value: ArrayLike<unknown>, length: number): void {
    this.put('[');
    for (let i = 0; i < length; i++) {
      this.at(i);
      if (i > 0) this.put(',');
      this.value(value[i]);
    }
    this.put(']');
  }

  #fields(value: object): void {
    const names = objectKeys(value);
    const isTagLike = hasDollar(names);
    this.put(isTagLike ? '{"$o":[' : '{');
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      this.at(name);
      if (i > 0) this.put(',');
      if (isTagLike) this.put('[');
      this.string(name);
      this.put(isTagLike ? ',' : ':');
      if (isTagLike) this.count(2);
      this.value((value as Record<string, unknown>)[name]);
      if (isTagLike) this.put(']');
    }
    this.put(isTagLike ? ']}' : '}');
  }

  count(values: number): void {
    this.values += values;
    if (this.values > MAX_VALUES) this.#tooLarge();
  }

  #tooLarge(): never {
    const bounds = `${MAX_MESSAGE_BYTES} bytes or ${MAX_VALUES} values`;
    throw portError('TOO_LARGE', `${this.#where()} is larger than ${bounds}`);
  }

  refuse(what: string): never {
    throw portError('NOT_PLAIN', `${this.#where()} ${what}`);
  }

  /** `arguments[0].items[3]` */
  #where(): string {
    let text = this.#root;
    for (let i = 0; i < this.#depth && text.length < MAX_PATH; i++) {
      const step = this.#path && i in this.#path ? this.#path[i]! : undefined;
      if (step === undefined) break;
      text += typeof step === 'number' ? `[${step}]` : `.${stringSlice(step, 0, MAX_PATH)}`;
    }
    return text;
  }
}

function hasDollar(names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++) if (charCodeAt(names[i]!, 0) === DOLLAR) return true;
  return false;
}
