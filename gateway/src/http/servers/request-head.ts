import type { IncomingMessage } from 'node:http';
import { CofferdamError, othersInLoop } from '@cofferdam/protocol';
import type { ServerAddress } from './address.ts';
import { isHopByHop, namedByConnection } from './hop-by-hop.ts';

/** As many as the wire takes, less those that are added here and behind. */
const MAX_HEADERS = 120;
const MAX_URL_BYTES = 8 * 1024;
/** Said anew here, or of use to this gateway alone. */
const OWN = /^(forwarded|x-forwarded-(for|host|proto|prefix)|traceparent|x-cofferdam-.*)$/;
const OF_HANDSHAKE = /^sec-websocket-(key|version|extensions|accept)$/;

export interface RequestHead {
  method: string;
  url: string;
  headers: [string, string][];
}

/**
 * What a server is told of a request: its headers without those between two hops, without the token
 * that was meant for this gateway and, where the API's origin is the server's too, without cookies.
 * Throws `INVALID_INPUT` for more than the wire takes.
 */
export function requestHead(
  raw: IncomingMessage,
  address: ServerAddress,
  remote: string,
): RequestHead {
  const { headers, method = 'GET' } = raw;
  const { host = 'localhost' } = headers;
  const proto = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  const url = addressFor(`${proto}://${host}${address.rest}`);
  const isUpgrade = isWebSocket(raw);
  const passing = { raw, address, isUpgrade };
  const kept = pairsOf(raw).flatMap((pair) => (isPassed(pair[0], passing) ? ofOthers(pair) : []));
  if (kept.length > MAX_HEADERS) {
    throw new CofferdamError('INVALID_INPUT', `a request has at most ${MAX_HEADERS} headers`);
  }
  const before = headers['x-forwarded-for'];
  const hops = before === undefined ? remote : `${String(before)}, ${remote}`;
  const added: [string, string][] = [
    ['x-forwarded-for', hops],
    ['x-forwarded-host', host],
    ['x-forwarded-proto', proto],
    ...(address.prefix === '' ? [] : [['x-forwarded-prefix', address.prefix] as [string, string]]),
    ...(isUpgrade ? UPGRADE : []),
  ];
  return { method, url, headers: [...kept, ...added] };
}

/** Who asks is between gateway and way out: a script that learned it could have others use it up. */
function ofOthers([name, value]: [string, string]): [string, string][] {
  if (name !== 'cdn-loop') return [[name, value]];
  const others = othersInLoop(value);
  return others.length === 0 ? [] : [[name, others.join(', ')]];
}

const UPGRADE: [string, string][] = [
  ['connection', 'Upgrade'],
  ['upgrade', 'websocket'],
];

/** Whether the client asks for a WebSocket. */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function addressFor(text: string): string {
  const url = URL.canParse(text) ? new URL(text).href : '';
  if (url !== '' && url.length <= MAX_URL_BYTES) return url;
  throw new CofferdamError('INVALID_INPUT', 'The address is not valid, or longer than 8 KiB.');
}

interface Passing {
  raw: IncomingMessage;
  address: ServerAddress;
  isUpgrade: boolean;
}

function isPassed(name: string, { raw, address, isUpgrade }: Passing): boolean {
  if (isHopByHop(name) || OWN.test(name) || namedByConnection(raw.headers.connection, name)) {
    return false;
  }
  if (name === 'expect' || (isUpgrade && OF_HANDSHAKE.test(name))) return false;
  if (name === 'authorization') return address.auth === 'none';
  return name !== 'cookie' || address.hasHost;
}

/** In order, as they came: Node's own object joins some and drops others. */
function pairsOf({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at]!.toLowerCase(), rawHeaders[at + 1]!]);
  }
  return pairs;
}
