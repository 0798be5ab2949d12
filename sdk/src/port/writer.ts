import { MAX_BIGINT_DIGITS, MAX_DEPTH, MAX_MESSAGE_BYTES, MAX_VALUES } from './bounds.ts';
import type { ForeignTable } from './foreign.ts';
import type { Owned, OwnedKind, OwnedTable } from './owned.ts';
import { portError } from './port-error.ts';
import type { SentSignal, SignalTable } from './signals.ts';
import { writeSpecial } from './write-special.ts';

const MAX_PATH = 1024;

export interface Tables {
  readonly owned: OwnedTable;
  readonly foreign: ForeignTable;
  readonly signals: SignalTable;
}

/**
 * Writes one message as JSON text, in one walk, which ends as soon as it is too large: a binding's
 * answer of 100 MB is not made into text first.
 */
export class Writer {
  readonly tables: Tables;
  values = 0;
  /** What the message refers to: given back when it cannot be sent after all. */
  readonly lent: Owned[] = [];
  readonly signals: SentSignal[] = [];
  #text: string;
  readonly #root: string;
  readonly #ancestors: object[] = [];
  readonly #path: (string | number)[] = [];

  constructor(tables: Tables, start: string, root: string) {
    this.tables = tables;
    this.#text = start;
    this.#root = root;
  }

  /** The whole message, once everything was written; throws when it is too large as UTF-8. */
  finish(end: string): string {
    const text = this.#text + end;
    const isLong = text.length * 3 > MAX_MESSAGE_BYTES;
    if (isLong && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) this.tooLarge();
    return text;
  }

  /** Undoes what a message did that is not sent. */
  abandon(): void {
    for (const owned of this.lent) this.tables.owned.giveBack(owned, 1);
    for (const signal of this.signals) this.tables.signals.settle(signal);
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.string(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        return this.put(value ? 'true' : 'false', 1);
      case 'undefined':
        return this.put('{"$u":1}', 3);
      case 'object':
        return value === null ? this.put('null', 1) : this.#object(value);
      case 'function':
        return this.reference('function', value);
      case 'bigint':
        return this.#bigint(value);
      default:
        return this.refuse('is a symbol');
    }
  }

  /** Text that is JSON already, and how many values its reader counts in it at most. */
  put(text: string, values = 0): void {
    this.#text += text;
    this.values += values;
    if (this.#text.length > MAX_MESSAGE_BYTES || this.values > MAX_VALUES) this.tooLarge();
  }

  string(value: string): void {
    if (this.#text.length + value.length > MAX_MESSAGE_BYTES) this.tooLarge();
    this.put(JSON.stringify(value), 1);
  }

  #number(value: number): void {
    if (!Number.isFinite(value)) return this.put(`{"$n":"${value}"}`, 3);
    if (Object.is(value, -0)) return this.put('{"$n":"-0"}', 3);
    this.put(`${value}`, 1);
  }

  #bigint(value: bigint): void {
    const digits = `${value}`;
    if (digits.length > MAX_BIGINT_DIGITS) this.refuse('is a bigint of too many digits');
    this.put(`{"$i":"${digits}"}`, 3);
  }

  /** What is the guest's goes back as its own; what is ours is lent to it. */
  reference(kind: OwnedKind, value: object): void {
    const foreign = this.tables.foreign.of(value);
    if (foreign?.isGone) this.refuse('is a reference that was given back');
    if (foreign) return this.put(`{"$r":${foreign.id}}`, 3);
    const owned = this.tables.owned.lend(kind, value);
    this.lent.push(owned);
    this.put(`{"${kind === 'function' ? '$f' : '$a'}":${owned.id}}`, 3);
  }

  #object(value: object): void {
    const depth = this.#ancestors.length;
    if (depth >= MAX_DEPTH) this.refuse(`is nested deeper than ${MAX_DEPTH}`);
    if (this.#ancestors.includes(value)) this.refuse('is a cycle: it refers to a parent');
    this.#ancestors.push(value);
    this.put('', 2);
    if (Array.isArray(value)) this.items(value);
    else if (!writeSpecial(this, value)) this.#fields(value as Record<string, unknown>);
    this.#ancestors.pop();
    this.#path.length = depth;
  }

  at(step: string | number): void {
    this.#path[this.#ancestors.length - 1] = step;
  }

  items(items: readonly unknown[]): void {
    this.put('[');
    for (let i = 0; i < items.length; i++) {
      this.at(i);
      if (i > 0) this.put(',');
      this.value(items[i]);
    }
    this.put(']');
  }

  #fields(value: Record<string, unknown>): void {
    const names = Object.keys(value);
    // A name that begins like a tag would be taken for one.
    const pair = names.some((name) => name.startsWith('$')) ? PAIR : FIELD;
    this.put(pair.begin);
    let separator = '';
    for (const name of names) {
      this.at(name);
      this.put(separator + pair.open);
      this.string(name);
      this.put(pair.between, 2);
      this.value(value[name]);
      this.put(pair.close);
      separator = ',';
    }
    this.put(pair.end);
  }

  tooLarge(): never {
    const bounds = `${MAX_MESSAGE_BYTES} bytes or ${MAX_VALUES} values`;
    throw portError('TOO_LARGE', `${this.#where()} is larger than ${bounds}`);
  }

  refuse(what: string): never {
    throw portError('NOT_PLAIN', `${this.#where()} ${what}`);
  }

  /** `result.items[3]` */
  #where(): string {
    const steps = this.#path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
    return `${this.#root}${steps.join('')}`.slice(0, MAX_PATH);
  }
}

const FIELD = { begin: '{', open: '', between: ':', close: '', end: '}' };
const PAIR = { begin: '{"$o":[', open: '[', between: ',', close: ']', end: ']}' };
