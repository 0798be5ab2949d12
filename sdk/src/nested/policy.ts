import { CofferdamError } from '@cofferdam/protocol';
import { anInteger, oneOf, options, type Check } from '../options/check.ts';
import type { NestedHostPolicy } from './types.ts';

/** A policy with its defaults. */
export type Policy = Required<Omit<NestedHostPolicy, 'maxAppServerLifetimeMs'>> &
  Pick<NestedHostPolicy, 'maxAppServerLifetimeMs'>;

const MAX_RESOURCES = 1_024;
/** What a timer of Node's can wait. */
const MAX_LIFETIME_MS = 2_147_483_647;

const DEFAULTS: Policy = {
  fetch: 'disabled',
  maxTotalResources: 8,
  maxRuntimes: 6,
  maxAppServers: 2,
  maxMemoryLimitMB: 128,
  maxExecutionTimeoutMs: 30_000,
};

const count = anInteger(0, MAX_RESOURCES);
const read = options({
  fetch: oneOf('inherit', 'disabled'),
  maxTotalResources: count,
  maxRuntimes: count,
  maxAppServers: count,
  maxMemoryLimitMB: anInteger(16, 2_048),
  maxExecutionTimeoutMs: anInteger(1, 600_000),
  maxAppServerLifetimeMs: anInteger(1, MAX_LIFETIME_MS),
});

export const nestedHost: Check<NestedHostPolicy | false> = (value, name) =>
  value === false ? false : read(value, name);

/** `undefined`: the guest may have no nested hosts. */
export function policyOf(given: NestedHostPolicy | false | undefined): Policy | undefined {
  return given === false ? undefined : { ...DEFAULTS, ...given };
}

/** What a child's guest may do: never more than its parent's. */
export function cutPolicy(policy: Policy, parent: Policy): Policy {
  const least = (name: Exclude<keyof Policy, 'fetch' | 'maxAppServerLifetimeMs'>) =>
    Math.min(policy[name], parent[name]);
  const lifetimes = [policy.maxAppServerLifetimeMs, parent.maxAppServerLifetimeMs];
  const given = lifetimes.filter((each) => each !== undefined);
  return {
    fetch: parent.fetch === 'inherit' ? policy.fetch : 'disabled',
    maxTotalResources: least('maxTotalResources'),
    maxRuntimes: least('maxRuntimes'),
    maxAppServers: least('maxAppServers'),
    maxMemoryLimitMB: least('maxMemoryLimitMB'),
    maxExecutionTimeoutMs: least('maxExecutionTimeoutMs'),
    ...(given.length > 0 && { maxAppServerLifetimeMs: Math.min(...given) }),
  };
}

/** What a child gets that asks for nothing is no more than it may have. Throws `QUOTA_EXCEEDED`. */
export function limited(
  name: string,
  asked: number | undefined,
  { most, otherwise = most }: { most: number; otherwise?: number },
): number {
  if (asked === undefined) return Math.min(otherwise, most);
  if (asked <= most) return asked;
  const message = `${name} is ${asked}; the policy of nested hosts allows ${most}`;
  throw new CofferdamError('QUOTA_EXCEEDED', message);
}
