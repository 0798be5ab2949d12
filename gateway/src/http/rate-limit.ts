import { CofferdamError } from '@cofferdam/protocol';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../access/caller.ts';
import { addressOf } from './auth.ts';

const WINDOW_MS = 60_000;

/** Counts a request; throws `RATE_LIMITED` for one too many. */
export type RateLimiter = (request: FastifyRequest) => Promise<void>;

/**
 * At most `perMinute` requests of a subject, whatever tokens it has, or of an address where there is no
 * (good) token: guessing tokens is limited as well. Nothing is counted, and `undefined` answered, for 0.
 */
export async function createRateLimiter(
  app: FastifyInstance,
  options: { perMinute: number; callerOf: (request: FastifyRequest) => Caller | undefined },
): Promise<RateLimiter | undefined> {
  const { perMinute, callerOf } = options;
  if (perMinute === 0) return undefined;
  await app.register(rateLimit, { global: false });
  const count = app.createRateLimit({
    max: perMinute,
    timeWindow: WINDOW_MS,
    keyGenerator(request) {
      const caller = callerOf(request);
      return caller ? `subject ${caller.subject}` : `address ${addressOf(request)}`;
    },
  });
  return async (request) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    throw new CofferdamError('RATE_LIMITED', undefined, {
      details: { retryAfterSeconds: Math.max(1, counted.ttlInSeconds) },
    });
  };
}
