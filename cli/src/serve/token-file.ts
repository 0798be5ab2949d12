import { readFile } from 'node:fs/promises';
import { CofferdamError } from '@cofferdam/protocol';

const MIN_CHARACTERS = 32;

/** A token that a Secret holds as a file. Throws `INVALID_CONFIG` where it is missing or too short. */
export async function readToken(path: string | undefined, variable: string): Promise<string> {
  if (path === undefined) throw new CofferdamError('INVALID_CONFIG', `${variable} is not set`);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CofferdamError('INVALID_CONFIG', `${variable}: ${path}: ${error.code}`);
  });
  const token = text.trim();
  if (token.length >= MIN_CHARACTERS) return token;
  throw new CofferdamError(
    'INVALID_CONFIG',
    `${variable}: ${path} holds fewer than ${MIN_CHARACTERS} characters`,
  );
}
