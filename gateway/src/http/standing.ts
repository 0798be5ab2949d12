import { CofferdamError, type ErrorCode } from '@cofferdam/protocol';
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { authenticate } from './auth.ts';
import type { HttpDeps } from './deps.ts';

/** A right that was taken away counts for another minute where Kubernetes was asked, as for requests. */
const STANDING_MS = 30_000;
/** Whoever does not answer the close is cut off. */
const CLOSE_MS = 1_000;
const POLICY_VIOLATION = 1008;
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

/**
 * Ends a connection whose caller could not open it any more: its token was taken back or ran out, or
 * what it may do has changed. Where nobody can say, it goes on.
 */
export function watchStanding(
  socket: WebSocket,
  request: FastifyRequest,
  { authenticator, standingMs = STANDING_MS }: Pick<HttpDeps, 'authenticator' | 'standingMs'>,
): void {
  // A server's own address may ask for no token.
  if (authenticator.open || !request.caller) return;
  const look = async () => {
    const isRefused = !(await mayStillOpen(request, authenticator));
    if (socket.readyState !== socket.OPEN) return;
    if (!isRefused) return later();
    socket.close(POLICY_VIOLATION, 'FORBIDDEN');
    setTimeout(() => socket.terminate(), CLOSE_MS).unref();
  };
  let timer: NodeJS.Timeout;
  const later = () => void (timer = setTimeout(() => void look(), standingMs).unref());
  later();
  socket.once('close', () => clearTimeout(timer));
}

async function mayStillOpen(
  request: FastifyRequest,
  authenticator: HttpDeps['authenticator'],
): Promise<boolean> {
  try {
    const caller = await authenticate(request, authenticator);
    const { granted = [] } = request;
    const answers = await Promise.all(granted.map((action) => caller.may(action)));
    return answers.every(Boolean);
  } catch (error) {
    return !REFUSALS.has(CofferdamError.from(error).code);
  }
}
