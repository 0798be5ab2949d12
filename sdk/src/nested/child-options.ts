import { aFunction, anInteger, anObject, aText, options, type Check } from '../options/check.ts';
import { childBindings, type Making } from './bindings.ts';
import type { GuestCall } from './guest-call.ts';
import { limited, type Policy } from './policy.ts';

type Given = Record<string, unknown>;

const DEFAULT_MEMORY_MIB = 128;
const DEFAULT_EXECUTION_MS = 60_000;

/** A nested host of one guest, by the number that the guest gave it. */
export const aHostNumber = anInteger(1, Number.MAX_SAFE_INTEGER);
/** Shorter than a host's own: what says whose it is goes before it. */
export const aGuestKey = aText(256);

const readSockets = options({ onCommand: aFunction });

/** What a guest asks for a child, as the host's own functions take it: these check what is left as it is. */
export function childOptions(value: unknown, parent: Making): Given {
  const { bindings, webSockets, ...rest } = value === undefined ? {} : anObject(value, '');
  const { maxMemoryLimitMB, maxExecutionTimeoutMs } = parent.policy;
  return {
    ...rest,
    memoryLimitMB: within('memoryLimitMB', rest.memoryLimitMB, {
      most: maxMemoryLimitMB,
      otherwise: DEFAULT_MEMORY_MIB,
    }),
    executionTimeout: within('executionTimeout', rest.executionTimeout, {
      most: maxExecutionTimeoutMs,
      otherwise: DEFAULT_EXECUTION_MS,
    }),
    bindings: childBindings(bindings, parent),
    ...(webSockets !== undefined && { webSockets: guestSockets(webSockets) }),
  };
}

/** Options of one eval, or of tests. */
export function timedOptions(
  value: unknown,
  name: 'executionTimeout' | 'timeoutMs',
  { maxExecutionTimeoutMs: most }: Policy,
): string | Given | undefined {
  if (value === undefined || typeof value === 'string') return value;
  const given = anObject(value, '');
  if (given[name] !== undefined) within(name, given[name], { most, otherwise: most });
  return given;
}

/** What is no number is refused by who reads it. */
function within(name: string, value: unknown, bounds: Parameters<typeof limited>[2]): unknown {
  if (value !== undefined && typeof value !== 'number') return value;
  return limited(name, value, bounds);
}

const guestSockets: (value: unknown) => Given = (value) => {
  const { onCommand } = readSockets(value, 'webSockets');
  if (!onCommand) return {};
  const tell = onCommand as unknown as GuestCall;
  return { onCommand: async (command: unknown) => void (await tell(command)) };
};

/** A function of a guest's that hears of something. */
export const aListener: Check<GuestCall> = (value, name) =>
  aFunction(value, name) as unknown as GuestCall;
