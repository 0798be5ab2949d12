import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from '../access/authenticator.ts';
import { describeAction, type Action, type Caller } from '../access/caller.ts';
import { authenticate } from './auth.ts';
import { serverAddressOf } from './servers/address.ts';
import { createRateLimiter } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; known on every route that is not public. */
    caller: Caller | undefined;
    /** What its caller may do, of what it was asked about. */
    granted: Action[] | undefined;
  }
  interface FastifyContextConfig {
    /** Asks for no token and counts towards no rate: /health, the probes and the documentation. */
    public?: boolean;
    /** Is answered while the service shuts down too. */
    whileClosing?: boolean;
    /** False: which pages may read the answer is for the answer to say. */
    cors?: false;
  }
}

export interface GateOptions {
  authenticator: Authenticator;
  /** Requests a minute; 0 is no limit. */
  rateLimit: number;
  /** The service is shutting down. */
  closing: () => boolean;
}

/** What every request passes before anything of its body is read. */
export async function installGate(app: FastifyInstance, options: GateOptions): Promise<void> {
  const { authenticator, rateLimit, closing } = options;
  app.decorateRequest('caller', undefined);
  app.decorateRequest('granted', undefined);
  const limit = await createRateLimiter(app, {
    perMinute: rateLimit,
    callerOf: (request) => (authenticator.open ? undefined : request.caller),
  });
  app.addHook('onRequest', async (request) => {
    const { config } = request.routeOptions;
    if (closing() && !config.whileClosing) throw new CofferdamError('SHUTTING_DOWN');
    if (config.public) return;
    // A script's own route may ask for no token: its requests are counted by address.
    if (serverAddressOf(request.raw)?.auth === 'none') return limit?.(request);
    const refusal = await identify(request, authenticator);
    await limit?.(request);
    if (refusal) throw refusal;
  });
}

async function identify(
  request: FastifyRequest,
  authenticator: Authenticator,
): Promise<CofferdamError | undefined> {
  try {
    request.caller = await authenticate(request, authenticator);
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

/** Whether whoever asks may do this. */
export async function may(request: FastifyRequest, action: Action): Promise<boolean> {
  const isGranted = await callerOf(request).may(action);
  if (isGranted) (request.granted ??= []).push(action);
  return isGranted;
}

/** Throws `FORBIDDEN`, which names what may not be done, to whoever may not do it. */
export async function demand(request: FastifyRequest, action: Action): Promise<void> {
  if (!(await may(request, action))) throw forbidden(request, action);
}

export function forbidden(request: FastifyRequest, action: Action): CofferdamError {
  const { subject } = callerOf(request);
  return new CofferdamError('FORBIDDEN', `${subject} may not ${describeAction(action)}.`);
}
