import {
  CofferdamError,
  DEFAULT_PORTS,
  type EgressPolicy,
  type NetRule,
} from '@cofferdam/protocol';
import type { ClassifiedAddress } from './address.ts';
import { isLocal } from './local.ts';
import { Ranges } from './ranges.ts';
import { hostAndPort, literalAddress, type Target } from './target.ts';

interface CompiledRule {
  host: string;
  /** For `*.example.com`: `.example.com`. */
  suffix: string | undefined;
  ports: ReadonlySet<number>;
  methods: ReadonlySet<string> | undefined;
  /** The host may learn the run's trace context. */
  traced: boolean;
  /** Names one host and its ports: only such a rule opens a private address. */
  explicit: boolean;
}

/** `named`: a rule covers it. `explicit`: a rule names this very host and this very port. */
export type Match = 'named' | 'explicit';

/** The rules of one ticket, read once. */
export class Policy {
  readonly #rules: CompiledRule[];
  readonly #ranges: Ranges;

  /** Throws `INVALID_INPUT` for a range that is none. */
  constructor({ net, allowedCIDRs }: Pick<EgressPolicy, 'net' | 'allowedCIDRs'>) {
    this.#rules = net.flatMap(compileRule);
    this.#ranges = new Ranges(allowedCIDRs);
  }

  /** Throws `EGRESS_DENIED`, saying which of host, port and method no rule has. */
  match(target: Target, method: string): Match {
    const hosts = this.#rules.filter((rule) => coversHost(rule, target.host));
    if (hosts.length === 0) throw denied(`${target.host} is not in permissions.net of this run`);
    const ports = hosts.filter((rule) => rule.ports.has(target.port));
    if (ports.length === 0) {
      throw denied(`permissions.net names ${target.host}, but not its port ${target.port}`);
    }
    const rules = ports.filter((rule) => !rule.methods || rule.methods.has(method));
    if (rules.length === 0) {
      throw denied(`permissions.net does not allow ${method} to ${hostAndPort(target)}`);
    }
    return rules.some((rule) => rule.explicit) ? 'explicit' : 'named';
  }

  /** Whether a rule that covers the target lets it learn the run's trace context. */
  traces(target: Target): boolean {
    return this.#rules.some(
      (rule) => rule.traced && coversHost(rule, target.host) && rule.ports.has(target.port),
    );
  }

  /** Whether a connection to this address may be made for a target that matched so. */
  admits(address: ClassifiedAddress, match: Match): boolean {
    if (address.reach === 'public') return true;
    return address.reach === 'private' && match === 'explicit' && this.#ranges.contains(address);
  }

  /** An alias leads where the operator says, so its range is asked for even when it is public. */
  admitsAlias(address: ClassifiedAddress, match: Match): boolean {
    return address.reach !== 'refused' && match === 'explicit' && this.#ranges.contains(address);
  }

  /**
   * An alias that leads to a name: nobody knows its address when ranges are allowed (a Service's is
   * given out), so it needs a range only where it would lead back to egress's own machine or link.
   */
  admitsNameAlias(address: ClassifiedAddress, match: Match): boolean {
    if (address.reach === 'refused' || match !== 'explicit') return false;
    return !isLocal(address) || this.#ranges.contains(address);
  }
}

function denied(message: string): CofferdamError {
  return new CofferdamError('EGRESS_DENIED', message);
}

/** A rule whose host is none (after what the URL parser makes of it) covers nothing. */
function compileRule({ host, ports, methods, trace }: NetRule): CompiledRule[] {
  const wildcard = host.startsWith('*.');
  const name = URL.parse(`http://${wildcard ? host.slice(2) : host}/`)?.hostname;
  if (!name || (wildcard && literalAddress(name) !== undefined)) return [];
  return [
    {
      host: name,
      suffix: wildcard ? `.${name}` : undefined,
      ports: new Set(ports ?? DEFAULT_PORTS),
      methods: methods && new Set<string>(methods),
      traced: trace === true,
      explicit: !wildcard && ports !== undefined,
    },
  ];
}

function coversHost({ host, suffix }: CompiledRule, asked: string): boolean {
  if (suffix === undefined) return asked === host;
  return asked.endsWith(suffix) && asked.length > suffix.length && !asked.startsWith('.');
}
