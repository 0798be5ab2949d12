import { timingSafeEqual } from 'node:crypto';
import type { Caller, CallerSource } from './caller.ts';
import { hashOf } from './token-hash.ts';

/** The owner of the instance: may do everything. Also who asks where no token is asked for. */
export const OWNER: Caller = Object.freeze({ subject: 'owner', may: async () => true });

/** The one token that is the owner's. Only its hash is kept. */
export function ownerSource(token: string): CallerSource {
  const hash = hashOf(token);
  return { find: async (asked) => (timingSafeEqual(hash, hashOf(asked)) ? OWNER : undefined) };
}
