import { refused } from './failure.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** As the standard has it. */
const MAX_REDIRECTS = 20;
const ABOUT_THE_BODY = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
];
const CREDENTIALS = ['authorization', 'cookie'];

export interface Hop {
  request: Request;
  /** How many redirects led here. */
  redirects: number;
}

/**
 * Where a redirect that a binding answered leads, by the rules of fetch; `undefined` when it is the
 * answer. The next request is the binding's to answer again, so that its policy sees every hop.
 */
export function nextHop(
  { request, redirects }: Hop,
  response: Response,
  maxRedirects = MAX_REDIRECTS,
): Hop | undefined {
  if (!REDIRECTS.has(response.status) || request.redirect === 'manual') return undefined;
  if (request.redirect === 'error') {
    throw refused('it redirects, and this request follows none');
  }
  const location = response.headers.get('location');
  if (location === null) return undefined;
  if (redirects >= maxRedirects) throw refused(`more than ${maxRedirects} redirects`);
  return { request: follow(request, response, location), redirects: redirects + 1 };
}

function follow(request: Request, { status, url }: Response, location: string): Request {
  const from = new URL(url || request.url);
  const target = targetOf(location, from);
  const becomesGet = changesMethod(request.method, status);
  // A body arrives once, and the binding had it.
  if (request.body && !becomesGet) throw refused('it redirects a body, which cannot be sent again');
  const headers = new Headers(request.headers);
  const dropped = [
    ...(becomesGet ? ABOUT_THE_BODY : []),
    ...(target.origin === from.origin ? [] : CREDENTIALS),
  ];
  for (const name of dropped) headers.delete(name);
  const { redirect, signal } = request;
  const method = becomesGet ? 'GET' : request.method;
  return new Request(target.href, { method, headers, redirect, signal });
}

function targetOf(location: string, from: URL): URL {
  const target = URL.parse(location, from.href);
  if (!target || !/^https?:$/.test(target.protocol)) {
    throw refused('it redirects to what is no address');
  }
  if (target.hash === '') target.hash = from.hash;
  return target;
}

function changesMethod(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}
