import {
  abortable,
  MAX_BROWSER_BYTES,
  type BrowserAnswer,
  type BrowserCall,
  type IncomingCall,
} from '@cofferdam/protocol';
import type { HostCallContext } from '../../types.ts';
import type { BindingScope } from '../scope.ts';

/** The question that waits for what happens next: it is under way as long as the guest listens. */
const EVENTS = '$events';

/** Answers one call of a guest's browser; what a handler throws is in the answer. */
export async function serveBrowser(
  scope: BindingScope,
  { bytes, ...asked }: BrowserCall,
  call: IncomingCall,
): Promise<BrowserAnswer> {
  if (asked.method === EVENTS) {
    return await answer(scope, asked, { call, context: scope.context('browser', call.signal) });
  }
  using entered = scope.enter('browser', call.signal);
  return await answer(
    scope,
    { ...asked, ...(bytes !== undefined && { bytes }) },
    {
      call,
      context: entered.context,
    },
  );
}

interface Operands {
  call: IncomingCall;
  context: HostCallContext;
}

async function answer(
  scope: BindingScope,
  { bytes, ...asked }: BrowserCall,
  { call, context }: Operands,
): Promise<BrowserAnswer> {
  try {
    // What has no bytes is handed on in this turn: calls are taken in the order that the guest made them.
    const data = bytes === undefined ? undefined : await wholeOf(call, bytes);
    const work = scope.browser.call({ ...asked, ...(data && { data }) }, context);
    const { data: answered, ...rest } = await abortable(work, context.signal);
    if (answered) await send(call, answered);
    return rest;
  } catch (error) {
    scope.report(error);
    const { name, message } = Object(error) as Partial<Error>;
    return {
      error: {
        name: String(name ?? 'Error').slice(0, 256),
        message: String(message ?? error).slice(0, 8_192),
      },
    };
  }
}

async function wholeOf({ data }: IncomingCall, bytes: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of data) {
    size += piece.byteLength;
    if (size > bytes) throw new RangeError('there are more bytes than the call said');
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

async function send(call: IncomingCall, bytes: Uint8Array): Promise<void> {
  if (bytes.byteLength > MAX_BROWSER_BYTES) throw new RangeError('the answer is too large');
  await call.write(bytes);
  call.end();
}
