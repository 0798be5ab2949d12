import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import {
  abortable,
  checker,
  CofferdamError,
  FetchHeadSchema,
  headersBytes,
  headersFit,
  type FetchHead,
  type FetchStart,
  type FetchUse,
  type IncomingCall,
} from '@cofferdam/protocol';
import { admit } from './admit.ts';
import type { Aliases } from './aliases.ts';
import { decodedResponse } from './decode.ts';
import { failedToReach } from './failure.ts';
import { headerValue, requestHeaders, responseHeaders, type Headers } from './headers.ts';
import { withLoop } from './loop.ts';
import { nextHop, type Hop } from './redirect.ts';
import type { Refused } from './refused.ts';
import type { Resolver } from './resolve.ts';
import { hostAndPort, parseTarget } from './target.ts';
import type { Ticket } from './tickets.ts';
import { Upload } from './upload.ts';
import type { Meter } from './usage.ts';

export interface Names {
  resolver: Resolver;
  aliases: Aliases;
  refused: Refused;
}

interface Job {
  call: IncomingCall;
  start: FetchStart;
  ticket: Ticket;
  names: Names;
  /** Ends with the call or the ticket. */
  signal: AbortSignal;
}

interface Response {
  status: number;
  statusText: string;
  headers: Headers;
  body: Readable;
}

const checkHead = checker(FetchHeadSchema);
/** Methods that are about the way and not the target. */
const REFUSED_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK']);
const BODILESS_METHODS = new Set(['GET', 'HEAD']);
/** Methods whose case fetch mends. */
const MENDED_METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/** Carries one request of a guest out, through every redirect, and its answer back. */
export async function exchange(job: Job): Promise<FetchUse> {
  const use: FetchUse = { bytesUp: 0, bytesDown: 0 };
  const { url, method } = job.start;
  let hop: Hop | undefined = heeded(job.ticket, { url, method }, () => firstHop(job.start));
  const upload = hop.hasBody ? new Upload(job.call.data) : undefined;
  while (hop) {
    const meter = job.ticket.usage.begin(hop.target, hop.method);
    // eslint-disable-next-line no-await-in-loop -- one hop leads to the next
    hop = await logged(meter, oneHop(job, { hop, meter, upload }));
    use.bytesUp += meter.bytesUp;
    use.bytesDown += meter.bytesDown;
  }
  return use;
}

/** What is refused before anything is known of it is logged too. */
export function heeded<T>(
  { usage }: Ticket,
  { url, method }: { url: string; method: string },
  read: () => T,
): T {
  try {
    return read();
  } catch (error) {
    usage.refuse(url, method, CofferdamError.from(error).code);
    throw error;
  }
}

export async function logged<T>(meter: Meter, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    meter.finish('allowed');
    return result;
  } catch (error) {
    meter.finish(CofferdamError.from(error).code);
    throw error;
  }
}

/** Throws `INVALID_INPUT` or `EGRESS_DENIED` for what is no request that fetch could make. */
function firstHop({ url, method: given, headers, hasBody }: FetchStart): Hop {
  const upper = given.toUpperCase();
  const method = MENDED_METHODS.has(upper) ? upper : given;
  if (REFUSED_METHODS.has(upper)) {
    throw new CofferdamError('EGRESS_DENIED', `the method ${upper} cannot be used`);
  }
  if (hasBody && BODILESS_METHODS.has(method)) {
    throw new CofferdamError('INVALID_INPUT', `a ${method} request has no body`);
  }
  if (!headersFit(headers)) {
    throw new CofferdamError('INVALID_INPUT', 'the headers of the request are too large');
  }
  const target = parseTarget(url);
  return { target, method, headers: requestHeaders(headers, hasBody), hasBody, redirects: 0 };
}

interface Step {
  hop: Hop;
  meter: Meter;
  upload: Upload | undefined;
}

/** One request on the wire: its answer goes to the guest, or it leads to another hop. */
async function oneHop(job: Job, step: Step): Promise<Hop | undefined> {
  const { hop, meter, upload } = step;
  meter.admit();
  const response = await send(job, step);
  let next: Hop | undefined;
  try {
    next = nextHop(hop, response, job.start.redirect);
    if (next?.hasBody && !upload!.replayable) throw notReplayable(hop);
    if (!next) await deliver(job, step, response);
  } catch (error) {
    throw failedToReach(hop.target, error, job.signal);
  } finally {
    // What is left of the body, if anything, is not read: its length is the target's choice.
    response.body.destroy();
  }
  return next;
}

async function send({ ticket, names, signal }: Job, step: Step): Promise<Response> {
  const { hop, meter, upload } = step;
  const { target, method } = hop;
  const headers = withTrace(hop, ticket);
  const pinned = await admit(target, method, { ...names, policy: ticket.policy, signal });
  meter.up(target.url.href.length + method.length + headersBytes(headers));
  await meter.pacedUp(signal);
  // Not counted: how long a credential is, is none of the run's business either.
  const { credentials } = ticket;
  const whole = withLoop(credentials.over(headers, { target, method, pinned }), ticket.loop);
  const trust = credentials.trust({ target, method });
  const request = ticket.connections.to(target, pinned, trust).request({
    path: target.url.pathname + target.url.search,
    method: method as Dispatcher.HttpMethod,
    headers: whole.flat(),
    body: hop.hasBody ? Readable.from(upload!.open(meter, signal)) : null,
    signal,
    responseHeaders: 'raw',
  });
  const answer = await request.catch((error: unknown) => {
    throw failedToReach(target, error, signal);
  });
  const { statusCode, statusText, body } = answer as Dispatcher.ResponseData;
  meter.status = statusCode;
  // Whoever reads it hears of its error; when nobody does, it must not end this process.
  body.on('error', () => {});
  const received = responseHeaders(answer.headers as unknown as string[]);
  return { status: statusCode, statusText, headers: received, body };
}

/** What a script set itself stays; a redirect elsewhere is a new question. */
function withTrace({ target, method, headers }: Hop, { policy, traceparent }: Ticket): Headers {
  if (!traceparent || headerValue(headers, 'traceparent') || !policy.traces(target, method))
    return headers;
  return [...headers, ['traceparent', traceparent]];
}

async function deliver({ call, signal }: Job, step: Step, response: Response): Promise<void> {
  const { hop, meter } = step;
  const { headers, body } = decodedResponse(response, hop.method, meter);
  const head = checkedHead(hop, { ...response, headers });
  meter.down(headersBytes(headers));
  await meter.pacedDown(signal);
  call.emit({ head });
  for await (const piece of body) {
    meter.decoded(piece.byteLength);
    await meter.pacedDown(signal);
    await abortable(call.write(piece), signal);
  }
  call.end();
}

/** The target's word is checked here, once, so that a runner gets nothing larger than the protocol says. */
function checkedHead({ target, redirects }: Hop, response: Response): FetchHead {
  const { status, statusText, headers } = response;
  const head = checkHead({
    status,
    statusText,
    headers,
    url: target.url.href,
    redirected: redirects > 0,
  });
  if (head.ok && headersFit(headers)) return head.value;
  throw new CofferdamError(
    'EGRESS_FAILED',
    `${hostAndPort(target)} could not be fetched: the head of its answer is too large or no HTTP`,
  );
}

function notReplayable({ target }: Hop): CofferdamError {
  return new CofferdamError(
    'EGRESS_FAILED',
    `${hostAndPort(target)} could not be fetched: it redirects a body that is too large to be sent again`,
  );
}
