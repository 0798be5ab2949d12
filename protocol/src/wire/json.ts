import { CofferdamError } from '../error/cofferdam-error.ts';

/** How deep JSON from a peer may nest. Deeper input ends recursive readers. */
export const MAX_JSON_DEPTH = 64;

export interface JsonBounds {
  maxBytes?: number;
  maxDepth?: number;
}

/** Parses JSON of a peer: size and nesting are checked before the parser sees the text. */
export function parseJson(
  text: string,
  { maxBytes, maxDepth = MAX_JSON_DEPTH }: JsonBounds = {},
): unknown {
  if (maxBytes !== undefined && Buffer.byteLength(text) > maxBytes) {
    throw new CofferdamError('PROTOCOL_VIOLATION', `JSON of more than ${maxBytes} bytes`);
  }
  if (nestsDeeper(text, maxDepth)) {
    throw new CofferdamError('PROTOCOL_VIOLATION', `JSON nested deeper than ${maxDepth}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CofferdamError('PROTOCOL_VIOLATION', 'not JSON', { cause });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether brackets outside strings nest deeper than `limit`. Linear, without recursion. */
export function nestsDeeper(text: string, limit: number): boolean {
  // Text with no more openers than the limit cannot nest deeper: the common, small message.
  if (text.length <= limit) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
