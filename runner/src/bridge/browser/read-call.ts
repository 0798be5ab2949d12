import type { BrowserCall } from '@cofferdam/protocol';
import { GuestFault } from '../capability.ts';

/** As in `BrowserCallSchema`, whose library is too large for the process of a guest. */
const MAX_NAME = 64;
const MAX_CHAIN = 32;
const MAX_JSON = 1024 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;

/** What a guest asks of its browser; it may be anything. */
export function readBrowserCall(json: unknown, bytes: number | undefined): BrowserCall {
  const { object, chain, method, args } = Object(json) as Record<string, unknown>;
  if (!isName(object) || !isName(method) || typeof args !== 'string') throw malformed();
  const steps = chain === undefined ? undefined : stepsOf(chain);
  if (args.length + sizeOf(steps) > MAX_JSON) throw tooLarge(MAX_JSON, 'characters');
  if (bytes !== undefined && bytes > MAX_BYTES) throw tooLarge(MAX_BYTES, 'bytes');
  return {
    ...{ object, method, args },
    ...(steps && { chain: steps }),
    ...(bytes !== undefined && { bytes }),
  };
}

function stepsOf(chain: unknown): [string, string][] {
  if (!Array.isArray(chain)) throw malformed();
  if (chain.length > MAX_CHAIN) {
    throw new GuestFault('Error', `A locator has at most ${MAX_CHAIN} steps`);
  }
  return chain.map((step: unknown): [string, string] => {
    const [name, args] = Array.isArray(step) ? (step as unknown[]) : [];
    if (!isName(name) || typeof args !== 'string') throw malformed();
    return [name, args];
  });
}

function sizeOf(steps: readonly [string, string][] = []): number {
  return steps.reduce((sum, [, text]) => sum + text.length, 0);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_NAME;
}

function tooLarge(most: number, unit: string): GuestFault {
  return new GuestFault('Error', `One call to the browser carries at most ${most} ${unit}`);
}

function malformed(): GuestFault {
  return new GuestFault('TypeError', 'The call to the browser is malformed');
}
