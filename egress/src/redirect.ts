import { CofferdamError, type FetchStart } from '@cofferdam/protocol';
import { headerValue, withoutHeaders, type Headers } from './headers.ts';
import { hostAndPort, parseTarget, type Target } from './target.ts';

/** One request on the wire, and what it takes to follow its redirect. */
export interface Hop {
  target: Target;
  method: string;
  headers: Headers;
  hasBody: boolean;
  /** How many redirects led here. */
  redirects: number;
}

export const MAX_REDIRECTS = 10;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization']);
const ABOUT_THE_BODY = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]);

interface Answer {
  status: number;
  headers: Headers;
}

/**
 * Where an answer sends the request, by the rules of fetch; `undefined` when it is the answer.
 * Throws `EGRESS_FAILED` or `EGRESS_DENIED`. The next hop has still to be admitted like the first.
 */
export function nextHop(
  hop: Hop,
  { status, headers }: Answer,
  mode: FetchStart['redirect'],
): Hop | undefined {
  if (!REDIRECTS.has(status) || mode === 'manual') return undefined;
  const location = headerValue(headers, 'location');
  if (mode === 'error') throw failed(hop, 'it redirects, and this request follows none');
  if (location === undefined) return undefined;
  if (hop.redirects >= MAX_REDIRECTS) throw failed(hop, `more than ${MAX_REDIRECTS} redirects`);
  const target = parseLocation(hop, location);
  if (hop.target.secure && !target.secure) {
    throw new CofferdamError(
      'EGRESS_DENIED',
      `${hostAndPort(hop.target)} redirects from https to http`,
    );
  }
  return follow(hop, target, status);
}

function parseLocation(hop: Hop, location: string): Target {
  try {
    return parseTarget(location, hop.target.url);
  } catch (error) {
    const { code, message } = CofferdamError.from(error);
    if (code === 'EGRESS_DENIED') throw new CofferdamError(code, `a redirect: ${message}`);
    throw failed(hop, 'it redirects to what is no address');
  }
}

function follow(hop: Hop, target: Target, status: number): Hop {
  const becomesGet = changesMethod(hop.method, status);
  let { headers } = hop;
  if (becomesGet) headers = withoutHeaders(headers, ABOUT_THE_BODY);
  if (target.url.origin !== hop.target.url.origin) headers = withoutHeaders(headers, CREDENTIALS);
  return {
    target,
    method: becomesGet ? 'GET' : hop.method,
    headers,
    hasBody: hop.hasBody && !becomesGet,
    redirects: hop.redirects + 1,
  };
}

function changesMethod(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

function failed({ target }: Hop, why: string): CofferdamError {
  return new CofferdamError('EGRESS_FAILED', `${hostAndPort(target)} could not be fetched: ${why}`);
}
