import { primordials } from '../../../guest/captured.ts';

const { dateNow, TypeError } = primordials;

/** Before it was first asked for: `now()` is never 0, not even within the same millisecond. */
export const timeOrigin = dateNow() - 1;

/** Whole milliseconds: a finer clock would measure what other runs leave in the machine's caches. */
export function now(): number {
  return dateNow() - timeOrigin;
}

/** Web IDL's DOMHighResTimeStamp. */
export function timestamp(value: unknown): number {
  const time = +(value as number);
  if (time - time === 0 && time >= 0) return time;
  throw new TypeError('A time must be a finite number that is not negative');
}
