import type { IncomingMessage } from 'node:http';
import type { ServerHead } from '@cofferdam/protocol';

const chosen = new WeakMap<IncomingMessage, string>();

/** Notes which subprotocol a server chose for a connection. */
export function noteProtocol(raw: IncomingMessage, { headers }: ServerHead): void {
  const found = headers.find(([name]) => name.toLowerCase() === 'sec-websocket-protocol');
  chosen.set(raw, found?.[1].trim() ?? '');
}

/** The server's choice, if the client offered it; elsewhere the first that it offers. */
export function chosenProtocol(offered: Set<string>, raw: IncomingMessage): string | false {
  const wanted = chosen.get(raw);
  if (wanted === undefined) return offered.values().next().value ?? false;
  return offered.has(wanted) ? wanted : false;
}
