import type { GuestError } from '@cofferdam/protocol';
import { EXIT_REASONS, type ExitReason } from '@cofferdam/protocol/base';
import type { InsideOutcome } from '../messages.ts';

/** How an evaluation ended as the guest's own end reports it; every part of it is the guest's word. */
export function outcomeOf([reason, value, ...rest]: readonly unknown[]): Pick<
  InsideOutcome,
  'exitReason' | 'value' | 'exports' | 'error'
> {
  const [name, message, stack, path, exports] = rest;
  const error = [name, message, stack, path];
  if (reason === 'Completed') {
    return {
      exitReason: 'Completed',
      ...(typeof value === 'string' && { value }),
      ...(typeof exports === 'string' && { exports }),
    };
  }
  return { exitReason: isExitReason(reason) ? reason : 'Exception', error: errorOf(error) };
}

/** The same of a run, whose array buffers count as its memory: V8 says so when they reach its limit. */
export function runOutcome<T extends ReturnType<typeof outcomeOf>>(outcome: T): T {
  const noBuffer = outcome.error?.message.includes('Array buffer allocation failed');
  return noBuffer ? { ...outcome, exitReason: 'Memory' } : outcome;
}

function isExitReason(reason: unknown): reason is ExitReason {
  return (EXIT_REASONS as readonly unknown[]).includes(reason);
}

function errorOf([name, message, stack, path]: readonly unknown[]): GuestError {
  return {
    name: text(name, 256) ?? 'Error',
    message: text(message, 8192) ?? '',
    ...(typeof stack === 'string' && { stack: stack.slice(0, 16_384) }),
    ...(typeof path === 'string' && { path: path.slice(0, 1024) }),
  };
}

function text(value: unknown, limit: number): string | undefined {
  return typeof value === 'string' ? value.slice(0, limit) : undefined;
}
