import {
  charCodeAt,
  getOwnPropertyDescriptor,
  hasOwn,
  isArray,
  jsonStringify,
  list,
  ownKeys,
  record,
  regexpExec,
  sameValue,
  slice,
  symbolText,
} from './intrinsics.ts';
import { functionText, specialOf, type Inspection } from './inspect-special.ts';
import { classNameOf } from './read.ts';

/** The most text of one value, and with it of one console line. */
export const MAX_TEXT = 16 * 1024;
const DEFAULT_DEPTH = 2;
const MAX_ITEMS = 100;
const MAX_NESTED_STRING = 10_000;
const LINE_WIDTH = 72;

/** A value as text for people. Runs no getter, and never throws. */
export function inspectValue(value: unknown, depth = DEFAULT_DEPTH): string {
  const inspection: Inspection = record<Inspection>({
    depth,
    ancestors: list<object>(),
    left: MAX_TEXT,
    textOf: (inner) => inspectNested(inner, inspection),
  });
  return slice(inspectNested(value, inspection), 0, MAX_TEXT);
}

/** A value within others; the text is taken from what is left. */
function inspectNested(value: unknown, inspection: Inspection): string {
  if (inspection.left <= 0) return '…';
  let text: string;
  try {
    text = textOf(value, inspection);
  } catch {
    // A proxy whose trap throws, or the stack is nearly used up.
    text = '[unreadable]';
  }
  return text;
}

function textOf(value: unknown, inspection: Inspection): string {
  switch (typeof value) {
    case 'string':
      return spend(quoted(value), inspection);
    case 'bigint':
      return spend(`${slice(`${value}`, 0, MAX_NESTED_STRING)}n`, inspection);
    case 'symbol':
      return spend(symbolText(value), inspection);
    case 'number':
      return spend(sameValue(value, -0) ? '-0' : `${value}`, inspection);
    case 'object':
      return value === null ? spend('null', inspection) : objectText(value, inspection);
    case 'function':
      return objectText(value, inspection);
    default:
      return spend(`${value as undefined}`, inspection);
  }
}

function spend(text: string, inspection: Inspection): string {
  inspection.left -= text.length + 2;
  return text;
}

function quoted(value: string): string {
  const cut = value.length > MAX_NESTED_STRING;
  const json = jsonStringify(cut ? slice(value, 0, MAX_NESTED_STRING) : value);
  // Single quotes, as consoles do, unless the text has one.
  let text = json;
  if (regexpExec(QUOTES, json) === null) text = `'${slice(json, 1, json.length - 1)}'`;
  return cut ? `${text}… ${value.length - MAX_NESTED_STRING} more characters` : text;
}
const QUOTES = /'|\\"/;

function objectText(value: object, inspection: Inspection): string {
  const { ancestors } = inspection;
  for (let i = 0; i < ancestors.length; i++) {
    if (ancestors[i] === value) return spend('[Circular]', inspection);
  }
  if (ancestors.length > inspection.depth) return spend(briefText(value), inspection);
  ancestors[ancestors.length] = value;
  try {
    return fullText(value, inspection);
  } finally {
    ancestors.length--;
  }
}

function briefText(value: object): string {
  if (isArray(value)) return '[Array]';
  if (typeof value === 'function') return functionText(value);
  return `[${classNameOf(value) || 'Object'}]`;
}

function fullText(value: object, inspection: Inspection): string {
  const entries = list<string>();
  const special = specialOf(value, inspection, entries);
  if (isArray(value)) arrayEntries(value, inspection, entries);
  const indexed = isArray(value) || special?.indexed === true;
  fieldEntries(value, inspection, entries, indexed);
  if (special?.whole === true && entries.length === 0) return spend(special.text, inspection);
  return wrapped(special?.text ?? nameOf(value), indexed ? '[' : '{', entries);
}

function nameOf(value: object): string {
  return isArray(value) ? arrayName(value) : objectName(value);
}

function objectName(value: object): string {
  const name = classNameOf(value);
  return name === 'Object' ? '' : name === '' ? '[Object: null prototype]' : name;
}

function arrayName(value: readonly unknown[]): string {
  const name = classNameOf(value);
  return name === 'Array' || name === 'Object' ? '' : `${name}(${value.length})`;
}

function wrapped(name: string, open: '[' | '{', entries: readonly string[]): string {
  const prefix = name === '' ? open : `${name} ${open}`;
  const close = open === '[' ? ']' : '}';
  if (entries.length === 0) return `${prefix}${close}`;
  const broken = needsLines(prefix.length, entries);
  let text = prefix;
  for (let i = 0; i < entries.length; i++) {
    const comma = i === 0 ? '' : ',';
    text += broken ? `${comma}\n  ${indented(entries[i]!)}` : `${comma} ${entries[i]!}`;
  }
  return `${text}${broken ? '\n' : ' '}${close}`;
}

function needsLines(prefixWidth: number, entries: readonly string[]): boolean {
  let width = prefixWidth;
  for (let i = 0; i < entries.length; i++) {
    width += entries[i]!.length + 2;
    if (width > LINE_WIDTH || hasNewline(entries[i]!)) return true;
  }
  return false;
}

function hasNewline(text: string): boolean {
  return regexpExec(NEWLINE, text) !== null;
}
const NEWLINE = /\n/;

/** Moves every line but the first two columns in. */
export function indented(text: string): string {
  if (!hasNewline(text)) return text;
  let moved = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (charCodeAt(text, i) !== 10) continue;
    moved += `${slice(text, start, i + 1)}  `;
    start = i + 1;
  }
  return moved + slice(text, start);
}

function arrayEntries(value: readonly unknown[], inspection: Inspection, entries: string[]): void {
  const { length } = value;
  let holes = 0;
  let i = 0;
  for (; i < length && entries.length < MAX_ITEMS && inspection.left > 0; i++) {
    const item = getOwnPropertyDescriptor(value, i);
    if (!item) {
      holes++;
      // A sparse array may have four thousand million holes.
      if (holes > MAX_ITEMS) break;
      continue;
    }
    if (holes > 0) entries[entries.length] = holesText(holes);
    holes = 0;
    entries[entries.length] = descriptorText(item, inspection);
  }
  if (holes > 0)
    entries[entries.length] =
      i < length ? `${length - i + holes - 1} more items` : holesText(holes);
  else if (i < length) entries[entries.length] = `... ${length - i} more items`;
}

function holesText(holes: number): string {
  return holes === 1 ? '<1 empty item>' : `<${holes} empty items>`;
}

function fieldEntries(
  value: object,
  inspection: Inspection,
  entries: string[],
  skipIndices: boolean,
): void {
  const names = ownKeys(value);
  let shown = 0;
  for (let i = 0; i < names.length && inspection.left > 0; i++) {
    const name = names[i]!;
    if (skipIndices && typeof name === 'string' && regexpExec(INDEX, name) !== null) continue;
    const field = getOwnPropertyDescriptor(value, name);
    if (!field || !field.enumerable) continue;
    if (shown++ >= MAX_ITEMS) {
      entries[entries.length] = '... more fields';
      return;
    }
    entries[entries.length] = `${keyText(name, inspection)}: ${descriptorText(field, inspection)}`;
  }
}
const INDEX = /^\d{1,10}$/;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function keyText(name: string | symbol, inspection: Inspection): string {
  if (typeof name === 'symbol') return spend(`[${symbolText(name)}]`, inspection);
  return spend(regexpExec(IDENTIFIER, name) === null ? quoted(name) : name, inspection);
}

function descriptorText(field: PropertyDescriptor, inspection: Inspection): string {
  if (hasOwn(field, 'value')) return inspectNested(field.value, inspection);
  if (field.get && field.set) return spend('[Getter/Setter]', inspection);
  return spend(field.get ? '[Getter]' : '[Setter]', inspection);
}
