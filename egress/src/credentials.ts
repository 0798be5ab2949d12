import { hash } from 'node:crypto';
import { CofferdamError, isAddable, type RuleCredentials } from '@cofferdam/protocol';
import { readAuthorities } from '@cofferdam/protocol/authorities';
import { classify } from './address.ts';
import type { Pinned } from './admit.ts';
import { withoutHeaders, type Headers } from './headers.ts';
import type { Policy } from './policy.ts';
import type { Target } from './target.ts';

/** Authorities that are trusted for one host instead of the well-known ones. */
export interface Trust {
  /** Connections are shared by those with the same alone. */
  id: string;
  ca: string;
}

/** One hop that was admitted. */
interface AdmittedHop {
  target: Target;
  method: string;
  pinned: Pinned;
}

interface RuleSecrets {
  headers: Headers;
  trust: Trust | undefined;
}

const HTTPS_PORT = 443;

/** What the rules of one ticket add to requests that they cover. Nothing of it is ever told to anybody but the target. */
export class Credentials {
  readonly #policy: Policy;
  readonly #rules = new Map<number, RuleSecrets>();

  /** Throws `INVALID_INPUT`, which says nothing of what was given. */
  constructor(policy: Policy, given: readonly RuleCredentials[] = []) {
    this.#policy = policy;
    for (const { rule, headers, ca } of given) {
      if (!headers.every(([name]) => isAddable(name))) {
        throw new CofferdamError(
          'INVALID_INPUT',
          `credentials of rule ${rule}: not a header to add`,
        );
      }
      const trust = ca === undefined ? undefined : trustOf(ca, rule);
      this.#rules.set(rule, { headers: headers as Headers, trust });
    }
  }

  /** The authorities for a hop: those of the first rule that covers it and names some. */
  trust({ target, method }: Pick<AdmittedHop, 'target' | 'method'>): Trust | undefined {
    if (this.#rules.size === 0 || !target.secure) return undefined;
    for (const { index } of this.#policy.covering(target, method)) {
      const trust = this.#rules.get(index)?.trust;
      if (trust) return trust;
    }
    return undefined;
  }

  /** The headers of a request with what is added, in place of what the guest gave those names. */
  over(headers: Headers, hop: AdmittedHop): Headers {
    if (this.#rules.size === 0) return headers;
    const added = this.#added(hop);
    if (added.length === 0) return headers;
    const names = new Set(added.map(([name]) => name.toLowerCase()));
    return [...withoutHeaders(headers, names), ...added];
  }

  /** Each name once: that of the first rule that covers the hop and has it. */
  #added(hop: AdmittedHop): Headers {
    const added = new Map<string, [string, string]>();
    for (const { index, explicit } of this.#policy.covering(hop.target, hop.method)) {
      const rule = this.#rules.get(index);
      if (!rule || !maySay(hop, { explicit, hasTrust: rule.trust !== undefined })) continue;
      for (const [name, value] of rule.headers) {
        const key = name.toLowerCase();
        if (!added.has(key)) added.set(key, [name, value]);
      }
    }
    return [...added.values()];
  }
}

/**
 * Whether a hop may carry a credential. In the clear only within a private network, to a host and
 * port that the rule names, and never where TLS is to be expected: a guest chooses the scheme.
 */
function maySay(
  { target, pinned }: AdmittedHop,
  { explicit, hasTrust }: { explicit: boolean; hasTrust: boolean },
): boolean {
  if (target.secure) return true;
  if (!explicit || hasTrust || target.port === HTTPS_PORT) return false;
  return pinned.addresses.every(({ address }) => classify(address).reach === 'private');
}

function trustOf(text: string, rule: number): Trust {
  const ca = readAuthorities(text);
  if (ca === undefined) {
    throw new CofferdamError(
      'INVALID_INPUT',
      `credentials of rule ${rule}: no certificates in PEM`,
    );
  }
  return { id: hash('sha256', ca), ca };
}
