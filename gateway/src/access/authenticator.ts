import { CofferdamError } from '@cofferdam/protocol';
import type { Caller, CallerSource } from './caller.ts';

/**
 * A longer token is nobody's: those of service accounts have about 1 KiB, and every one is hashed
 * and may be sent on for review.
 */
const MAX_TOKEN_BYTES = 8 * 1024;

export interface Authenticator {
  /** No token is asked for: whoever reaches this machine's loopback address is the owner. */
  readonly open: boolean;
  /**
   * Who has this token. `address` is the peer's, which no header can change. Rejects with
   * `FORBIDDEN` for a token of nobody, `UNAVAILABLE` when a source could not be asked, and
   * `RATE_LIMITED` for an address that tries too many.
   */
  authenticate(token: string, address: string): Promise<Caller>;
  /** Stops watching; nothing is to be authenticated afterwards. */
  close(): void;
}

/** Asks one source of callers after the other. */
export function authenticatorOf(sources: readonly CallerSource[]): Authenticator {
  return {
    open: sources.length === 0,
    async authenticate(token, address) {
      if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) throw new CofferdamError('FORBIDDEN');
      for (const source of sources) {
        const caller = await source.find(token, address);
        if (caller) return caller;
      }
      throw new CofferdamError('FORBIDDEN');
    },
    close() {
      for (const source of sources) source.close?.();
    },
  };
}
