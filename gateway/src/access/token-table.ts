import { timingSafeEqual } from 'node:crypto';
import { CofferdamError } from '@cofferdam/protocol';
import type { Action, Caller } from './caller.ts';
import { isForEveryNamespace, type TokenEntry } from './token-entries.ts';
import { hashOf } from './token-hash.ts';

/** Bearer tokens bound to namespaces. Only hashes are kept. */
export class TokenTable {
  readonly #known: { hash: Buffer; caller: Caller }[];

  /** Throws `INVALID_CONFIG` for a token or a name that is there twice: whose would it be? */
  constructor(entries: readonly TokenEntry[]) {
    this.#known = entries.map((entry) => ({ hash: hashIn(entry), caller: callerOf(entry) }));
    refuseTwice(
      'name',
      entries.map(({ name }) => name),
    );
    refuseTwice(
      'token',
      this.#known.map(({ hash }) => hash.toString('hex')),
    );
  }

  get size(): number {
    return this.#known.length;
  }

  find(token: string): Caller | undefined {
    const asked = hashOf(token);
    let found: Caller | undefined;
    // Every entry is compared, whatever the ones before said: time tells nothing about which.
    for (const { hash, caller } of this.#known) if (timingSafeEqual(hash, asked)) found = caller;
    return found;
  }
}

function hashIn({ token, sha256 }: TokenEntry): Buffer {
  return token === undefined ? Buffer.from(sha256!, 'hex') : hashOf(token);
}

function refuseTwice(what: 'name' | 'token', values: readonly string[]): void {
  const twice = values.findIndex((value, index) => values.indexOf(value) !== index);
  if (twice === -1) return;
  const first = values.indexOf(values[twice]!);
  throw new CofferdamError('INVALID_CONFIG', `${twice}: has the ${what} of ${first}`);
}

function callerOf(entry: TokenEntry): Caller {
  const namespaces = isForEveryNamespace(entry) ? undefined : Object.freeze([...entry.namespaces]);
  const rights = new Set(entry.rights ?? ['run', 'read']);
  return Object.freeze({
    subject: `token:${entry.name}`,
    ...(namespaces === undefined ? {} : { namespaces }),
    may: async (action: Action) =>
      rights.has(action.verb === 'create' ? 'run' : 'read') && isWithin(namespaces, action),
  });
}

/** What is about the whole service is for those who are bound to no namespace. */
function isWithin(namespaces: readonly string[] | undefined, action: Action): boolean {
  if (namespaces === undefined) return true;
  if ('path' in action || action.namespace === undefined) return false;
  return namespaces.includes(action.namespace);
}
