/** Kubernetes's MicroTime: RFC 3339 with six digits, of milliseconds since the epoch. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
