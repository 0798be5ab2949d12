import { CofferdamError } from '@cofferdam/protocol';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '../access/authenticator.ts';
import type { Caller } from '../access/caller.ts';
import { OWNER } from '../access/owner.ts';
import { hostOf, isLoopback } from './loopback.ts';

const BEARER = /^Bearer +([^\s]+) *$/i;

/** Throws `UNAUTHENTICATED` without a token, and what the authenticator says of a wrong one. */
export async function authenticate(
  request: FastifyRequest,
  authenticator: Authenticator,
): Promise<Caller> {
  if (authenticator.open) {
    refuseForeignName(request);
    return OWNER;
  }
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new CofferdamError('UNAUTHENTICATED');
  return authenticator.authenticate(token, addressOf(request));
}

/** The peer's address; an IPv6 network counts as one, since whoever has one address has them all. */
export function addressOf(request: FastifyRequest): string {
  return normalizeIP(request.ip);
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
