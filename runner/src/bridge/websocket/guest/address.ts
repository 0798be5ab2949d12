import { core, primordials } from '../../../guest/captured.ts';
import { isSequence, list, record } from '../../../guest/interface.ts';
import type { CloneGroup } from '../../clone/guest.ts';
import type { UrlParts } from '../../url/guest/parts.ts';

const { charCodeAt, stringIndexOf, stringSlice, toWellFormed } = primordials;

/** What an RFC 9110 token has beside letters and digits. */
const TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

export function domException(message: string, name: string): Error {
  const { DOMException } = core.use('exception');
  return new DOMException(message, name) as Error;
}

/** The address of a WebSocket, with `http` and `https` taken for `ws` and `wss`. */
export function readAddress(url: unknown): { href: string; origin: string } {
  const text = toWellFormed(`${url as string}`);
  const parts = parsed(text);
  const scheme = parts.protocol;
  if (scheme === 'ws:' || scheme === 'wss:') {
    return record({ href: parts.href, origin: originOf(parts) });
  }
  if (scheme !== 'http:' && scheme !== 'https:') {
    throw domException('The URL must be one of ws or wss', 'SyntaxError');
  }
  const secure = scheme === 'https:';
  return readAddress(`${secure ? 'wss' : 'ws'}${stringSlice(parts.href, secure ? 5 : 4)}`);
}

function parsed(url: string): UrlParts {
  const { json } = core.hostCallSync('url', 'parse', record({ url }));
  if (json === null) throw domException('The URL is not valid', 'SyntaxError');
  const parts = record(json as UrlParts);
  if (stringIndexOf(parts.href, '#') !== -1) {
    throw domException('The URL of a WebSocket has no fragment', 'SyntaxError');
  }
  return parts;
}

function originOf({ protocol, host }: UrlParts): string {
  return `${protocol}//${host}`;
}

/** One subprotocol or a sequence of them, each a token and none twice. */
export function readProtocols(given: unknown): string[] {
  const protocols = list<string>();
  const isList = typeof given === 'object' && given !== null && isSequence(given);
  if (!isList) {
    if (given !== undefined) protocols[0] = `${given as string}`;
  } else {
    const { sequenceOf } = core.use<CloneGroup>('clone');
    const items = sequenceOf(given);
    for (let i = 0; i < items.length; i++) protocols[i] = `${items[i] as string}`;
  }
  for (let i = 0; i < protocols.length; i++) {
    if (!isToken(protocols[i]!)) throw notAProtocol();
    for (let j = 0; j < i; j++) if (protocols[i] === protocols[j]) throw notAProtocol();
  }
  return protocols;
}

function notAProtocol(): Error {
  return domException('The subprotocols must be different tokens', 'SyntaxError');
}

function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    const isDigit = code >= 0x30 && code <= 0x39;
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (!isDigit && !isLetter && stringIndexOf(TOKEN_SIGNS, text[i]!) === -1) return false;
  }
  return text.length > 0;
}
