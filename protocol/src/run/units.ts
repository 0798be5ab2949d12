const DURATION_UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const BYTE_UNITS: Record<string, number> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** What a duration looks like in a resource: `200ms`, `5s`, `1.5m`, `1h30m`. */
export const DURATION_PATTERN = '^([0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h|d)){1,4}$';

/** What an amount of bytes looks like in a resource: `262144`, `256Ki`, `64Mi`. */
export const BYTES_PATTERN = '^[0-9]{1,12}(Ki|Mi|Gi)?$';

/** Milliseconds of a duration as a resource writes it; `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h|d)/g)) {
    total += Number(number) * (DURATION_UNITS[unit!] ?? Number.NaN);
  }
  return Math.round(total);
}

/** Bytes of an amount as a resource writes it; `undefined` when it is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^([0-9]{1,12})(Ki|Mi|Gi|)$/.exec(text);
  return match ? Number(match[1]) * BYTE_UNITS[match[2]!]! : undefined;
}
