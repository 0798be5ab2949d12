import { lookup as ask } from 'node:dns/promises';
import { abortable, CofferdamError } from '@cofferdam/protocol';
import { countedBody, withBody } from '../bindings/fetch/counted-body.ts';
import { nextHop, type Hop } from '../bindings/fetch/redirect.ts';
import { fetchPinned, type Answer } from './connect.ts';
import { readSafeFetchOptions } from './options.ts';
import { admit, pin, targetOf, type Lookup } from './target.ts';
import type { SafeFetch, SafeFetchOptions, SafeFetchTarget } from './types.ts';

/** The system's own way: /etc/hosts counts. */
const systemLookup: Lookup = async (host) => {
  const found = await ask(host, { all: true });
  return found.map(({ address }) => address);
};

/**
 * A `fetch` to give to guests. It asks `policy` about the request and about every redirect, looks the
 * host up once, refuses it where one of its addresses is not public, and connects to one that it has
 * judged. Only http and https; no proxy; Authorization and Cookie stay behind when a redirect leads to
 * another origin. Throws `INVALID_INPUT`, which names the option.
 *
 * What it answers rejects with `EGRESS_DENIED` where the policy does not say `true`,
 * `EGRESS_ADDRESS_DENIED`, `EGRESS_FAILED` where the host cannot be reached or redirects too often,
 * and the signal's reason.
 */
export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  return safeFetchBy(systemLookup, readSafeFetchOptions(options));
}

export function safeFetchBy(lookup: Lookup, options: Required<SafeFetchOptions>): SafeFetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const time = AbortSignal.timeout(options.timeoutMs);
    const signal = AbortSignal.any([request.signal, time]);
    const send = (hop: Hop) => sendHop(hop, { lookup, options, signal });
    return await followed({ request, redirects: 0 }, send, options);
  };
}

type Send = (hop: Hop) => Promise<Answer>;

async function followed(
  first: Hop,
  send: Send,
  { maxRedirects, maxResponseBytes }: Required<SafeFetchOptions>,
): Promise<Response> {
  for (let hop = first; ;) {
    // eslint-disable-next-line no-await-in-loop -- one hop leads to the next
    const answer = await send(hop);
    const next = following(hop, answer, maxRedirects);
    if (!next) return answered(answer, hop, maxResponseBytes);
    answer.close();
    hop = next;
  }
}

function following(hop: Hop, answer: Answer, maxRedirects: number): Hop | undefined {
  try {
    return nextHop(hop, answer.response, maxRedirects);
  } catch (error) {
    answer.close();
    throw error;
  }
}

function answered({ response, close }: Answer, hop: Hop, maxBytes: number): Response {
  const { url } = response;
  const about = { url: url || hop.request.url, redirected: hop.redirects > 0 };
  if (!response.body) {
    close();
    return withBody(response, null, about);
  }
  const body = countedBody(response.body, (bytes) => bytes <= maxBytes, close);
  return withBody(response, body, about);
}

interface HopOptions {
  lookup: Lookup;
  options: Required<SafeFetchOptions>;
  signal: AbortSignal;
}

async function sendHop({ request }: Hop, { lookup, options, signal }: HopOptions): Promise<Answer> {
  const url = new URL(request.url);
  url.hash = '';
  const target = targetOf(url, request.method);
  await abortable(admit(target, options.policy), signal);
  const addresses = await reach(target, () =>
    abortable(pin(target, lookup, options.allowPrivateAddresses), signal),
  );
  const { method, headers, body } = request;
  const init = { method, headers: [...headers], signal, ...(body && { body, duplex: 'half' }) };
  const answer = await reach(target, () => fetchPinned(url.href, init as object, addresses));
  signal.addEventListener('abort', () => answer.close(), { once: true });
  return answer;

  async function reach<T>({ host }: SafeFetchTarget, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof CofferdamError) throw cause;
      throw new CofferdamError('EGRESS_FAILED', `${host} could not be reached`, { cause });
    }
  }
}
