import { parseJson } from '@cofferdam/protocol';
import { fieldOf } from '../calls/arguments.ts';
import { BrowserError } from '../errors.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 100;

/** Cookies and storage, given or as a file's text; Playwright checks what is in them. */
export function parseStorageState(given: unknown): { cookies: unknown[]; origins: unknown[] } {
  const state = typeof given === 'string' ? parse(given) : given;
  const cookies = fieldOf(state, 'cookies') ?? [];
  const origins = fieldOf(state, 'origins') ?? [];
  const isState = typeof state === 'object' && state !== null && !Array.isArray(state);
  if (isState && Array.isArray(cookies) && Array.isArray(origins)) return { cookies, origins };
  throw new BrowserError('ProfileError', 'This is no storage state: { cookies, origins }');
}

function parse(text: string): unknown {
  try {
    return parseJson(text, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH });
  } catch (cause) {
    throw new BrowserError('ProfileError', 'The storage state is no JSON, or too large', { cause });
  }
}
