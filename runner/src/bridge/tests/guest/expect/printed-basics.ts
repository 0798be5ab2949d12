import { primordials } from '../../../../guest/captured.ts';
import { isDate, isRegExp, tagOf } from './kinds.ts';

const { AggregateError, dateText, dateValue, isError } = primordials;
const { isPrototypeOf, objectKeys, regexpFlags, regexpSource } = primordials;
const { sameValue, setPrototypeOf, String, stringIndexOf, stringSlice } = primordials;

export interface TextOptions {
  /** As text within a template literal of a source has it. */
  escapeRegex: boolean;
  functionNames: boolean;
  errorFields: boolean;
}

/** What needs no look within; `undefined` for all other objects. */
export function basicText(value: unknown, options: TextOptions): string | undefined {
  switch (typeof value) {
    case 'string':
      return `"${value}"`;
    case 'number':
      return sameValue(value, -0) ? '-0' : `${value}`;
    case 'bigint':
      return `${value}n`;
    case 'symbol':
      return String(value);
    case 'function':
      return functionText(value, options);
    case 'object':
      return value === null ? 'null' : objectText(value, options);
    default:
      return `${value as undefined}`;
  }
}

function functionText(value: Function, { functionNames }: TextOptions): string {
  return functionNames ? `[Function ${value.name || 'anonymous'}]` : '[Function]';
}

function objectText(value: object, options: TextOptions): string | undefined {
  const tag = tagOf(value);
  if (tag === 'WeakMap' || tag === 'WeakSet') return `${tag} {}`;
  if (tag === 'Date' && isDate(value)) return momentText(value);
  if (tag === 'RegExp' && isRegExp(value)) return patternText(value, options);
  return !options.errorFields && isError(value) ? `[${errorText(value)}]` : undefined;
}

function momentText(date: Date): string {
  return sameValue(dateValue(date), NaN) ? 'Date { NaN }' : dateText(date);
}

function patternText(pattern: RegExp, { escapeRegex }: TextOptions): string {
  const text = `/${regexpSource(pattern)}/${regexpFlags(pattern)}`;
  return escapeRegex ? escaped(text) : text;
}

function escaped(text: string): string {
  let made = '';
  for (let i = 0; i < text.length; i++) {
    const character = stringSlice(text, i, i + 1);
    made += stringIndexOf('$()*+.?[\\]^{|}', character) === -1 ? character : `\\${character}`;
  }
  return made;
}

/** `Name: message`, as errors say themselves. */
function errorText(error: Error): string {
  const name = error.name === undefined ? 'Error' : String(error.name);
  const message = error.message === undefined ? '' : String(error.message);
  if (name === '') return message;
  return message === '' ? name : `${name}: ${message}`;
}

/** What an error has to show, in this order: its message, its cause, its errors, its own fields. */
export function errorFields(error: Error): object {
  const fields: Record<string, unknown> = setPrototypeOf({}, null) as Record<string, unknown>;
  fields['message'] = error.message;
  if (error.cause !== undefined) fields['cause'] = error.cause;
  if (isPrototypeOf(AggregateError.prototype, error)) {
    fields['errors'] = (error as AggregateError).errors;
  }
  const own = objectKeys(error);
  for (let i = 0; i < own.length; i++) {
    fields[own[i]!] ??= (error as unknown as Record<string, unknown>)[own[i]!];
  }
  return fields;
}

/** The name of an object's class; `Object` where it has none. */
export function constructorName(value: object): string {
  const { constructor } = value as { constructor: unknown };
  if (typeof constructor !== 'function') return 'Object';
  const { name } = constructor as { name: unknown };
  return typeof name === 'string' && name !== '' ? stringSlice(name, 0, 128) : 'Object';
}
