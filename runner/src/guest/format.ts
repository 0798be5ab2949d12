import {
  charCodeAt,
  jsonStringify,
  max,
  slice,
  symbolText,
  toNumber,
  trunc,
} from './intrinsics.ts';
import { inspectValue, MAX_TEXT } from './inspect.ts';

/** Several values as one console line: the first may hold `%` directives for those after it. */
export function formatLine(values: ArrayLike<unknown>): string {
  if (values.length === 0) return '';
  const first = values[0];
  let text = '';
  let next = 0;
  if (typeof first === 'string') {
    const taken = { __proto__: null, next: 1 };
    text = values.length > 1 ? expanded(first, values, taken) : first;
    next = taken.next;
  }
  for (; next < values.length && text.length < MAX_TEXT; next++) {
    text += (next === 0 ? '' : ' ') + plainText(values[next]);
  }
  return text.length > MAX_TEXT ? `${slice(text, 0, MAX_TEXT - 1)}…` : text;
}

/** Strings stand as they are, everything else is inspected. */
function plainText(value: unknown): string {
  return typeof value === 'string' ? value : inspectValue(value);
}

const PERCENT = 0x25;

function expanded(template: string, values: ArrayLike<unknown>, taken: { next: number }): string {
  let text = '';
  let start = 0;
  // Beyond the longest line nothing would be seen of it.
  const end = template.length < MAX_TEXT ? template.length : MAX_TEXT;
  for (let i = 0; i < end - 1 && text.length < MAX_TEXT; i++) {
    if (charCodeAt(template, i) !== PERCENT) continue;
    const directive = slice(template, i + 1, i + 2);
    const isEscape = directive === '%';
    if (!isEscape && (taken.next >= values.length || !isDirective(directive))) continue;
    text += slice(template, start, i);
    text += isEscape ? '%' : directed(directive, values[taken.next++]);
    i++;
    start = i + 1;
  }
  return text + slice(template, start, max(start, end));
}

function isDirective(text: string): boolean {
  switch (text) {
    case 's':
    case 'd':
    case 'i':
    case 'f':
    case 'j':
    case 'o':
    case 'O':
    case 'c':
      return true;
    default:
      return false;
  }
}

function directed(directive: string, value: unknown): string {
  switch (directive) {
    case 's':
      return typeof value === 'string' ? value : inspectValue(value, 0);
    case 'd':
      return numberText(value);
    case 'i':
      return numberText(value, true);
    case 'f':
      return numberText(value);
    case 'j':
      return jsonText(value);
    case 'o':
      return inspectValue(value, 4);
    case 'c':
      return '';
    default:
      return inspectValue(value);
  }
}

/** Objects are NaN without being asked: valueOf would run the guest's code in the middle of a line. */
function numberText(value: unknown, whole = false): string {
  if (typeof value === 'bigint') return inspectValue(value);
  if (typeof value === 'symbol') return symbolText(value) === '' ? '' : 'NaN';
  if (typeof value === 'object' || typeof value === 'function') return 'NaN';
  const number = toNumber(value);
  return inspectValue(whole ? trunc(number) : number);
}

function jsonText(value: unknown): string {
  try {
    const text: unknown = jsonStringify(value);
    return typeof text === 'string' ? text : 'undefined';
  } catch {
    return '[unreadable]';
  }
}
