import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { charCodeAt, hasOwn, RangeError, stringSlice, toLowerCase } = primordials;

/** The labels that scripts use; what the others stand for the host knows. */
const KNOWN: Record<string, string> = record({
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  ascii: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'us-ascii': 'windows-1252',
  'windows-1252': 'windows-1252',
});

/** The longest label that is one has 19 characters. */
const MAX_LABEL = 64;

/** The name of the encoding that a label stands for. */
export function encodingOf(label: string): string {
  const given = trimmed(label);
  // Beyond ASCII no text is a label: Unicode's lower case makes a `k` of the Kelvin sign.
  const text = isAscii(given) ? toLowerCase(given) : '';
  if (hasOwn(KNOWN, text)) return KNOWN[text]!;
  const name = text.length > 0 && text.length <= MAX_LABEL ? nameOf(text) : null;
  if (name === null) {
    throw new RangeError(`The encoding '${stringSlice(given, 0, MAX_LABEL)}' is not known`);
  }
  KNOWN[text] = name;
  return name;
}

function nameOf(label: string): string | null {
  const { json } = core.hostCallSync('encoding', 'name', record({ label }));
  return record(json as { name: string | null }).name;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (charCodeAt(text, i) > 0x7f) return false;
  return true;
}

/** Without the white space that the Encoding Standard takes off a label. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(charCodeAt(text, start))) start++;
  while (end > start && isSpace(charCodeAt(text, end - 1))) end--;
  return stringSlice(text, start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
}
