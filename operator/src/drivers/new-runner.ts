import { hash, randomBytes, randomUUID } from 'node:crypto';

const TOKEN_BYTES = 32;
const ID_CHARACTERS = 13;

/** Who a runner will be. */
export interface NewRunner {
  runnerId: string;
  /** Told to the runner and to nobody else. */
  token: string;
  /** In hexadecimal. */
  tokenSha256: string;
}

/** A name and a join token that no other runner has. */
export function newRunner(prefix = 'runner'): NewRunner {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const runnerId = `${prefix}-${randomUUID().slice(0, ID_CHARACTERS)}`;
  return { runnerId, token, tokenSha256: hash('sha256', token) };
}
