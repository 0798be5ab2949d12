import {
  applyPoolLimits,
  CofferdamError,
  hostsBeyond,
  requestsInPool,
  type ResolvedPool,
} from '@cofferdam/protocol';
import type { RunIntent } from '../intent.ts';

type Bounded = Pick<RunIntent, 'limits' | 'net' | 'maxRequests'>;

/** What is to run, cut down to what its pool allows; throws `FORBIDDEN` where it names hosts that are not. */
export function withinPool<T extends Bounded>(intent: T, pool: ResolvedPool): T {
  const beyond = hostsBeyond(pool, intent.net);
  if (beyond.length > 0) {
    const message = `the pool ${pool.name} does not let a script name ${beyond.join(', ')}`;
    throw new CofferdamError('FORBIDDEN', message);
  }
  return {
    ...intent,
    limits: applyPoolLimits(intent.limits, pool),
    maxRequests: requestsInPool(intent.maxRequests, pool),
  };
}
