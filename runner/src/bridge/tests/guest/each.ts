import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import { titleOf } from './title.ts';

const { charCodeAt, isArray, stringIndexOf, stringSlice, TypeError } = primordials;

const SPACE = 32;

export interface Case {
  title(template: string): string;
  args: readonly unknown[];
}

/** Cases of `each`: an array, whose arrays are arguments, or the parts of a table as a template. */
export function casesOf(given: unknown, values: readonly unknown[]): Case[] {
  if (!isArray(given)) throw new TypeError('each takes an array of cases, or a table');
  const isTable = isArray((given as { raw?: unknown }).raw);
  const rows = isTable ? tableRows(given as string[], values) : (given as unknown[]);
  const cases = list<Case>();
  for (let i = 0; i < rows.length; i++) {
    const args = argumentsOf(rows[i]);
    cases[i] = { title: (template) => titleOf(template, args, i), args };
  }
  return cases;
}

/** `for` hands a case over as it is. */
export function plainCasesOf(given: unknown): Case[] {
  if (!isArray(given)) throw new TypeError('for takes an array of cases');
  const cases = list<Case>();
  for (let i = 0; i < given.length; i++) {
    const item: unknown = given[i];
    const args = list<unknown>();
    args[0] = item;
    cases[i] = { title: (template) => titleOf(template, argumentsOf(item), i), args };
  }
  return cases;
}

function argumentsOf(item: unknown): unknown[] {
  const args = list<unknown>();
  if (!isArray(item)) {
    args[0] = item;
    return args;
  }
  for (let i = 0; i < item.length; i++) args[i] = item[i] as unknown;
  return args;
}

/** One object for each row, by the names of the first line. */
function tableRows(texts: readonly string[], values: readonly unknown[]): object[] {
  const names = headerOf(texts[0] ?? '');
  const rows = list<object>();
  for (let start = 0; start + names.length <= values.length; start += names.length) {
    // Guests get it: an object as any other.
    const row: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) define(row, names[i]!, values[start + i]);
    rows[rows.length] = row;
  }
  return rows;
}

function define(row: object, name: string, value: unknown): void {
  primordials.defineProperty(row, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}

function headerOf(text: string): string[] {
  const names = list<string>();
  const from = skipSpace(text, 0);
  const newline = stringIndexOf(text, '\n', from);
  const line = stringSlice(text, from, newline === -1 ? text.length : newline);
  let start = 0;
  while (start <= line.length) {
    const bar = stringIndexOf(line, '|', start);
    const end = bar === -1 ? line.length : bar;
    const name = trimmed(stringSlice(line, start, end));
    if (name !== '') names[names.length] = name;
    start = end + 1;
  }
  if (names.length === 0) throw new TypeError('The first line of a table names its columns');
  return names;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && charCodeAt(text, at) <= SPACE) at++;
  return at;
}

function trimmed(text: string): string {
  let end = text.length;
  while (end > 0 && charCodeAt(text, end - 1) <= SPACE) end--;
  return stringSlice(text, skipSpace(text, 0), end);
}
