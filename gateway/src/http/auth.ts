import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyRequest } from 'fastify';
import { hostOf, isLoopback } from './loopback.ts';
import { OWNER, type Caller, type TokenTable } from './tokens.ts';

const BEARER = /^Bearer +([^\s]+) *$/i;

/** Throws `UNAUTHENTICATED` without a token and `FORBIDDEN` with a wrong one. */
export function authenticate(request: FastifyRequest, tokens: TokenTable): Caller {
  if (tokens.open) {
    refuseForeignName(request);
    return OWNER;
  }
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new CofferdamError('UNAUTHENTICATED');
  const caller = tokens.find(token);
  if (!caller) throw new CofferdamError('FORBIDDEN');
  return caller;
}

/**
 * Without a token only this machine may ask, and a web page in its browser is not it: a page whose
 * name was made to resolve to 127.0.0.1 (DNS rebinding) still sends that name.
 */
function refuseForeignName({ headers }: FastifyRequest): void {
  if (isLoopback(hostOf(headers.host))) return;
  throw new CofferdamError(
    'FORBIDDEN',
    'Without a token only localhost may be named as the host: set ISOLATE_AUTH_TOKEN to be reached under another name.',
  );
}
