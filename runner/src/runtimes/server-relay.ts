import {
  CofferdamError,
  headersFit,
  LASTING,
  type CallEnd,
  type IncomingCall,
  type OutgoingCall,
  type ServerRequest,
} from '@cofferdam/protocol';

/** The caller's deadline ends its call, and that ends this one. */
export function lasting({ signal }: IncomingCall): { deadlineMs: number; signal: AbortSignal } {
  return { deadlineMs: LASTING, signal };
}

/** With the address as a URL has it, so that the guest need not ask for its parts. */
export function checkedRequest(request: ServerRequest): ServerRequest {
  if (!headersFit(request.headers)) {
    throw new CofferdamError('INVALID_INPUT', 'the headers of the request are too large');
  }
  const url = URL.parse(request.url);
  const isWeb = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isWeb) return { ...request, url: url.href };
  throw new CofferdamError('INVALID_INPUT', 'the URL is none of http or https without a user');
}

export async function upload(call: IncomingCall, onward: OutgoingCall): Promise<void> {
  // What came together with the call is there in the next turn, and goes on with it.
  await Promise.resolve();
  const whole = call.data.whole();
  if (whole === undefined) return pump(call, onward);
  onward.pass(whole).catch(() => {});
  onward.end();
}

/** What breaks one end of a call breaks the other by its cancel or its answer. */
export async function pump(from: CallEnd, to: CallEnd): Promise<void> {
  try {
    for await (const chunk of from.data) await to.pass(chunk);
    to.end();
  } catch {
    // The answer says why.
  }
}
