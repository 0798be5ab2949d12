/** Milliseconds since the epoch with a fraction: what spans are measured in. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
