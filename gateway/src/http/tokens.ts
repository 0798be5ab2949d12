import { createHash, timingSafeEqual } from 'node:crypto';

/** Who asks. */
export interface Caller {
  /** The tenant whose runners run what is asked for. */
  subject: string;
  /** Sees the scripts and runs of every tenant, not only the subject's. */
  everyTenant: boolean;
}

export interface TokenEntry extends Caller {
  token: string;
}

/** The bearer tokens of this instance. Only hashes are kept. */
export interface TokenTable {
  /** No token is asked for. */
  readonly open: boolean;
  find(token: string): Caller | undefined;
}

const DEFAULT_TENANT = 'default';

/** The caller where no token is asked for: the owner of the machine. */
export const OWNER: Caller = Object.freeze({ subject: DEFAULT_TENANT, everyTenant: true });

export function createTokenTable(entries: readonly TokenEntry[]): TokenTable {
  const known = entries.map(({ token, ...caller }) => ({
    hash: sha256(token),
    caller: Object.freeze(caller),
  }));
  return {
    open: known.length === 0,
    find(token) {
      const asked = sha256(token);
      let found: Caller | undefined;
      // Every entry is compared, whatever the ones before said: time tells nothing about which.
      for (const { hash, caller } of known) if (timingSafeEqual(hash, asked)) found = caller;
      return found;
    },
  };
}

/** The table of a single token, which is the owner's. */
export function ownerToken(token: string | undefined): TokenTable {
  return createTokenTable(token === undefined ? [] : [{ token, ...OWNER }]);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
