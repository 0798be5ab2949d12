/** Of one connection and not of what goes over it (RFC 9110, 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/** Whether a Connection header says that a field is for this hop alone. */
export function namedByConnection(connection: string | undefined, name: string): boolean {
  if (connection === undefined) return false;
  return connection.split(',').some((one) => one.trim().toLowerCase() === name);
}
