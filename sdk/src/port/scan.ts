import { CofferdamError } from '@cofferdam/protocol';
import { MAX_FRAME_DEPTH, MAX_FRAME_VALUES } from './bounds.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_FIELDS = 0x7b;
const CLOSE_FIELDS = 0x7d;

/**
 * Parses a frame of a guest's. Before the parser makes anything of it, its brackets and commas are
 * counted: 16 MiB of `[]` would become 500 MiB of arrays.
 */
export function parseFrame(text: string): unknown[] {
  checkShape(text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CofferdamError('PROTOCOL_VIOLATION', 'a frame of the port is not JSON', { cause });
  }
  if (Array.isArray(parsed)) return parsed;
  throw new CofferdamError('PROTOCOL_VIOLATION', 'a frame of the port is no list of messages');
}

function checkShape(text: string): void {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COMMA) values++;
    else if (code === CLOSE_LIST || code === CLOSE_FIELDS) depth--;
    else if (code === OPEN_LIST || code === OPEN_FIELDS) {
      values++;
      if (++depth > MAX_FRAME_DEPTH) throw tooMuch();
    }
  }
  if (values > MAX_FRAME_VALUES) throw tooMuch();
}

function tooMuch(): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', 'a frame of the port holds too much');
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
