import { primordials } from '../../../../guest/captured.ts';
import { isAsymmetric } from './equals.ts';
import { isObject } from './kinds.ts';

const {
  Array,
  charCodeAt,
  defineProperty,
  isArray,
  objectKeys,
  regexpExec,
  stringIndexOf,
  stringSlice,
} = primordials;

/** A text with `\n` as its only line end: what a template literal of a source has. */
export function plainLines(text: string): string {
  if (stringIndexOf(text, '\r') === -1) return text;
  let made = '';
  for (let i = 0; i < text.length; i++) {
    if (charCodeAt(text, i) !== 13) made += text[i];
    else if (charCodeAt(text, i + 1) !== 10) made += '\n';
  }
  return made;
}

/** A text without the white space around it. */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text, start)) start++;
  while (end > start && isSpace(text, end - 1)) end--;
  return stringSlice(text, start, end);
}

function isSpace(text: string, index: number): boolean {
  return regexpExec(SPACE, text[index]!) !== null;
}
const SPACE = /\s/;

/** The lines of a snapshot as they were printed: without what they are moved in by in the source. */
export function withoutIndentation(snapshot: string): string {
  const indentation = regexpExec(FIRST_INDENTATION, snapshot)?.[1];
  if (!indentation) return snapshot;
  const lines = linesOf(snapshot);
  const last = lines.length - 1;
  if (last < 2 || trimmed(lines[0]!) !== '' || trimmed(lines[last]!) !== '') return snapshot;
  let text = '';
  for (let i = 1; i < last; i++) {
    const line = lines[i]!;
    // Lines that are moved in otherwise are as the author wants them.
    if (line !== '' && stringIndexOf(line, indentation) !== 0) return snapshot;
    text += `\n${stringSlice(line, line === '' ? 0 : indentation.length)}`;
  }
  return `${text}\n`;
}
const FIRST_INDENTATION = /^([^\S\n]*)\S/m;

function linesOf(text: string): string[] {
  const lines = new Array<string>();
  let start = 0;
  for (;;) {
    const end = stringIndexOf(text, '\n', start);
    put(lines, lines.length, stringSlice(text, start, end === -1 ? text.length : end));
    if (end === -1) return lines;
    start = end + 1;
  }
}

/** A snapshot as the argument that has to be written for it. */
export function writable(snapshot: string): string {
  const escaped = withEscapes(snapshot);
  if (stringIndexOf(escaped, '\n') === -1) return `\`${escaped}\``;
  let text = '`';
  const lines = linesOf(escaped);
  for (let i = 0; i < lines.length; i++) text += lines[i] === '' ? '\n' : `\n  ${lines[i]}`;
  return `${text}\n\``;
}

function withEscapes(text: string): string {
  let made = '';
  for (let i = 0; i < text.length; i++) {
    const isSpecial =
      text[i] === '`' || text[i] === '\\' || (text[i] === '$' && text[i + 1] === '{');
    made += isSpecial ? `\\${text[i]}` : text[i];
  }
  return made;
}

/** A value with the asymmetric matchers of some of its fields in the place of what they match. */
export function merged(value: unknown, properties: unknown): unknown {
  if (!isObject(value) || !isObject(properties) || isAsymmetric(properties)) return properties;
  const isList = isArray(value);
  const made: object = isList ? new Array() : {};
  copyFields(value, made);
  const names = objectKeys(properties);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const old = (value as Record<string, unknown>)[name];
    put(made, name, merged(old, (properties as Record<string, unknown>)[name]));
  }
  return made;
}

function copyFields(from: object, to: object): void {
  const names = objectKeys(from);
  for (let i = 0; i < names.length; i++) {
    put(to, names[i]!, (from as Record<string, unknown>)[names[i]!]);
  }
}

function put(holder: object, key: PropertyKey, value: unknown): void {
  defineProperty(holder, key, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}
