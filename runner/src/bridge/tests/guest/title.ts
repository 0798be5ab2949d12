import { core, primordials } from '../../../guest/captured.ts';

const { apply, charCodeAt, hasOwn, jsonStringify, Number, stringIndexOf, stringSlice } =
  primordials;
const { trunc } = primordials;

/** What is cut off anyway is not written. */
const MAX_LENGTH = 2_048;
/** Of one value within a title. */
const MAX_VALUE = 256;

/** A title with what its case has for `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%#`, `%$` and `$name.inner`. */
export function titleOf(template: string, args: readonly unknown[], index: number): string {
  let text = '';
  let next = 0;
  let at = 0;
  while (at < template.length && text.length < MAX_LENGTH) {
    const char = template[at]!;
    const part = char === '$' ? named(template, at, { args, index }) : undefined;
    if (part) {
      text += part.text;
      at = part.end;
    } else if (char === '%' && at + 1 < template.length) {
      const made = placeholder(template[at + 1]!, { args, index, next });
      text += made.text;
      next = made.next;
      at += 2;
    } else {
      text += char;
      at++;
    }
  }
  return text;
}

interface Values {
  args: readonly unknown[];
  index: number;
  /** The argument that the next placeholder shows. */
  next: number;
}

function placeholder(
  letter: string,
  { args, index, next }: Values,
): { text: string; next: number } {
  if (letter === '%') return { text: '%', next };
  if (letter === '#') return { text: `${index}`, next };
  if (letter === '$') return { text: `${index + 1}`, next };
  const format = stringIndexOf('sdifjoO', letter) === -1 ? undefined : letter;
  if (format === undefined || next >= args.length) return { text: `%${letter}`, next };
  return { text: stringSlice(formatted(format, args[next]), 0, MAX_VALUE), next: next + 1 };
}

function formatted(letter: string, value: unknown): string {
  try {
    switch (letter) {
      case 's':
        return shown(value);
      case 'd':
      case 'f':
        return `${numberOf(value)}`;
      case 'i':
        return `${trunc(numberOf(value))}`;
      case 'j':
        return jsonStringify(value) ?? 'undefined';
      default:
        return core.inspect(value);
    }
  } catch {
    return '[cannot be shown]';
  }
}

function numberOf(value: unknown): number {
  return apply(Number, undefined, [value]) as number;
}

/** Texts as they are, everything else as a console shows it. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : core.inspect(value);
}

/** `$name.inner` of a case that is an object, or `$#`; undefined where it is none of these. */
function named(
  template: string,
  at: number,
  { args, index }: Pick<Values, 'args' | 'index'>,
): { text: string; end: number } | undefined {
  if (template[at + 1] === '#') return { text: `${index}`, end: at + 2 };
  let end = at + 1;
  while (end < template.length && isNameChar(charCodeAt(template, end))) end++;
  while (end > at + 1 && template[end - 1] === '.') end--;
  if (end === at + 1) return undefined;
  const found = lookUp(args[0], stringSlice(template, at + 1, end));
  return found && { text: stringSlice(shown(found.value), 0, MAX_VALUE), end };
}

/** Of a case that is an object. Own properties only, one after the other; a getter may throw. */
function lookUp(item: unknown, path: string): { value: unknown } | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  let value: unknown = item;
  let start = 0;
  try {
    while (start <= path.length) {
      const dot = stringIndexOf(path, '.', start);
      const end = dot === -1 ? path.length : dot;
      const name = stringSlice(path, start, end);
      if (typeof value !== 'object' || value === null || !hasOwn(value, name)) {
        return { value: undefined };
      }
      value = (value as Record<string, unknown>)[name];
      start = end + 1;
    }
    return { value };
  } catch {
    return undefined;
  }
}

/** Of identifiers in ASCII, and the dot between them. */
function isNameChar(code: number): boolean {
  const isDigit = code >= 48 && code <= 57;
  const isUpper = code >= 65 && code <= 90;
  const isLower = code >= 97 && code <= 122;
  return isDigit || isUpper || isLower || code === 95 || code === 46;
}
