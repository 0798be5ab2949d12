import {
  CofferdamError,
  DEFAULT_PORTS,
  type EgressPolicy,
  type NetRule,
} from '@cofferdam/protocol';
import type { ClassifiedAddress } from './address.ts';
import { isLocal } from './local.ts';
import { Paths } from './paths.ts';
import { Ranges } from './ranges.ts';
import { hostAndPort, literalAddress, type Target } from './target.ts';

interface CompiledRule {
  /** Its place in the policy. */
  index: number;
  host: string;
  /** For `*.example.com`: `.example.com`. */
  suffix: string | undefined;
  ports: ReadonlySet<number>;
  methods: ReadonlySet<string> | undefined;
  paths: Paths | undefined;
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

  /** Throws `EGRESS_DENIED`, saying which of host, port, method and path no rule has. */
  match(target: Target, method: string): Match {
    const hosts = this.#rules.filter((rule) => coversHost(rule, target.host));
    if (hosts.length === 0) throw denied(`${target.host} is not in permissions.net of this run`);
    const ports = hosts.filter((rule) => rule.ports.has(target.port));
    if (ports.length === 0) {
      throw denied(`permissions.net names ${target.host}, but not its port ${target.port}`);
    }
    const methods = ports.filter((rule) => coversMethod(rule, method));
    if (methods.length === 0) {
      throw denied(`permissions.net does not allow ${method} to ${hostAndPort(target)}`);
    }
    const rules = methods.filter((rule) => coversPath(rule, target, method));
    if (rules.length === 0) {
      throw denied(`permissions.net does not allow this path of ${hostAndPort(target)}`);
    }
    return rules.some((rule) => rule.explicit) ? 'explicit' : 'named';
  }

  /** The rules that cover the hop as a whole, in their order. */
  covering(target: Target, method: string): Pick<CompiledRule, 'index' | 'explicit'>[] {
    return this.#rules.filter(
      (rule) =>
        coversHost(rule, target.host) &&
        rule.ports.has(target.port) &&
        coversMethod(rule, method) &&
        coversPath(rule, target, method),
    );
  }

  /** Whether a rule that covers the target lets it learn the run's trace context. */
  traces(target: Target, method: string): boolean {
    return this.#rules.some(
      (rule) =>
        rule.traced &&
        coversHost(rule, target.host) &&
        rule.ports.has(target.port) &&
        coversPath(rule, target, method),
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
function compileRule({ host, ports, ...rest }: NetRule, index: number): CompiledRule[] {
  const wildcard = host.startsWith('*.');
  const name = URL.parse(`http://${wildcard ? host.slice(2) : host}/`)?.hostname;
  if (!name || (wildcard && literalAddress(name) !== undefined)) return [];
  return [
    {
      index,
      host: name,
      suffix: wildcard ? `.${name}` : undefined,
      ports: new Set(ports ?? DEFAULT_PORTS),
      ...restOf(rest),
      explicit: !wildcard && ports !== undefined,
    },
  ];
}

function restOf({ methods, paths, trace }: Pick<NetRule, 'methods' | 'paths' | 'trace'>) {
  return {
    methods: methods && new Set<string>(methods),
    paths: paths && new Paths(paths),
    traced: trace === true,
  };
}

function coversHost({ host, suffix }: CompiledRule, asked: string): boolean {
  if (suffix === undefined) return asked === host;
  return asked.endsWith(suffix) && asked.length > suffix.length && !asked.startsWith('.');
}

function coversMethod({ methods }: CompiledRule, method: string): boolean {
  return !methods || methods.has(method);
}

/** What is asked for inside a tunnel nobody here can see. */
function coversPath({ paths }: CompiledRule, { url }: Target, method: string): boolean {
  return !paths || (method !== 'CONNECT' && paths.cover(url.pathname));
}
