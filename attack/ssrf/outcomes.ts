import { isIP } from 'node:net';
import { CofferdamError } from '@cofferdam/protocol';
import { hostOf, type Probe } from './probe.ts';

/** What a refusal, or a host that is none or does not answer, is told as. */
const CODES = new Set(['EGRESS_DENIED', 'EGRESS_ADDRESS_DENIED', 'EGRESS_FAILED', 'INVALID_INPUT']);
const ADDRESS = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|\[?[0-9a-f]*:[0-9a-f:]+:[0-9a-f]*\]?/gi;

/** What is wrong with the ends of probes: an error that is not typed, or one that says an address nobody wrote. */
export function settledAll(
  probes: readonly Probe[],
  ended: readonly (string | CofferdamError)[],
): string[] {
  return probes.flatMap((probe, index) => {
    const error = ended[index]!;
    if (typeof error === 'string') return [];
    const said = `${probe.road} ${probe.way} ${JSON.stringify(probe.form.url)}: ${String(error)}`;
    if (!(error instanceof CofferdamError) || !CODES.has(error.code)) return [said];
    return addressesIn(error.message).every((one) => isWritten(one, probe)) ? [] : [said];
  });
}

function addressesIn(text: string): string[] {
  const found = text.match(ADDRESS) ?? [];
  return found.map((one) => one.replace(/^\[|\]$/g, '')).filter((one) => isIP(one) !== 0);
}

/** Whether it is the host that the author wrote, in whichever spelling, or that a server redirected to. */
function isWritten(address: string, { form, url }: Probe): boolean {
  return [form.url, url].some((each) => {
    const host = hostOf(each) ?? '';
    return host.replace(/^\[|\]$/g, '') === address || each.includes(address);
  });
}

/** The addresses that were reached and are not among these. */
export function reachedBesides(
  reached: Readonly<Record<string, number>>,
  allowed: readonly string[],
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(reached).filter(([address]) => !allowed.includes(address)),
  );
}
