import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authenticate } from './auth.ts';
import { createRateLimiter } from './rate-limit.ts';
import type { Caller, TokenTable } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; known on every route that is not public. */
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** Asks for no token and counts towards no rate: /health and the documentation. */
    public?: boolean;
  }
}

export interface GateOptions {
  tokens: TokenTable;
  /** Requests a minute; 0 is no limit. */
  rateLimit: number;
  /** The service is shutting down. */
  closing: () => boolean;
}

/** What every request passes before anything of its body is read. */
export async function installGate(app: FastifyInstance, options: GateOptions): Promise<void> {
  const { tokens, rateLimit, closing } = options;
  app.decorateRequest('caller', undefined);
  const limit = await createRateLimiter(app, {
    perMinute: rateLimit,
    callerOf: (request) => (tokens.open ? undefined : request.caller),
  });
  app.addHook('onRequest', (request, _reply, done) => {
    if (closing()) return done(new CofferdamError('SHUTTING_DOWN'));
    if (request.routeOptions.config.public) return done();
    const refusal = identify(request, tokens);
    if (!limit) return done(refusal);
    limit(request).then(() => done(refusal), done);
  });
}

function identify(request: FastifyRequest, tokens: TokenTable): CofferdamError | undefined {
  try {
    request.caller = authenticate(request, tokens);
    return undefined;
  } catch (error) {
    return CofferdamError.from(error);
  }
}

/** Who asks, on a route that is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new CofferdamError('UNAUTHENTICATED');
  return request.caller;
}

/** Whether the caller may see what belongs to this tenant. */
export function maySee(caller: Caller, tenant: string): boolean {
  return caller.everyTenant || caller.subject === tenant;
}
