import { BrowserError } from '../errors.ts';

const MAX_ID = 256;
const SEGMENT = /^[A-Za-z0-9._-]+$/;

/** A relative path such as `auth/main`. Throws a `ProfileError` for what is none. */
export function readProfileId(id: unknown): string {
  const isPath = typeof id === 'string' && id.length > 0 && id.length <= MAX_ID;
  if (isPath && id.split('/').every(isSegment)) return id;
  throw new BrowserError(
    'ProfileError',
    `A profile's id is a relative path of at most ${MAX_ID} characters, of letters, digits, '.', '_' and '-'`,
  );
}

function isSegment(segment: string): boolean {
  return SEGMENT.test(segment) && segment !== '.' && segment !== '..';
}
