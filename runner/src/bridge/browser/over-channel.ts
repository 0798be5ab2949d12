import type { BrowserAnswer, BrowserCall } from '@cofferdam/protocol';
import {
  CofferdamError,
  LASTING,
  RUNTIME_METHODS,
  type Channel,
  type IncomingCall,
} from '@cofferdam/protocol/base';
import type { BrowserExchange } from './exchange.ts';

/** A call, and whose it is. */
type AskedFor = BrowserCall & ({ runtimeId: string } | { runId: string });

/** Has the other side of a channel ask its browser: one hop towards the embedder, or the gateway of a run. */
export function browserOverChannel(
  channel: Channel,
  call: AskedFor,
  signal: AbortSignal,
  method: string = RUNTIME_METHODS.browser,
): BrowserExchange {
  const aborted = new AbortController();
  const onward = channel.call(method, call, {
    // A page may be waited for as long as the guest likes: the browser's end has time-outs of its own.
    deadlineMs: LASTING,
    signal: AbortSignal.any([signal, aborted.signal]),
  });
  return {
    // Checked where the embedder's answer arrives (the keeper).
    answer: onward.reply as Promise<BrowserAnswer>,
    body: onward.data,
    write: (bytes) => onward.pass(bytes),
    endWrite: () => onward.end(),
    abort: () => aborted.abort(),
  };
}

/** Answers a call for a browser with one of the next hop, of at most so many bytes each way. */
export async function serveBrowserExchange(
  call: IncomingCall,
  exchange: BrowserExchange,
  { sentBytes, mostBytes }: { sentBytes: number; mostBytes: number },
): Promise<BrowserAnswer> {
  call.signal.addEventListener('abort', () => exchange.abort(), { once: true });
  const upload = pass(call.data, (bytes) => exchange.write(bytes), sentBytes);
  upload.then(
    () => exchange.endWrite(),
    () => exchange.abort(),
  );
  try {
    await pass(exchange.body, (bytes) => call.pass(bytes), mostBytes);
  } catch (error) {
    exchange.abort();
    throw error;
  }
  call.end();
  return await exchange.answer;
}

async function pass(
  from: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<void>,
  mostBytes: number,
): Promise<void> {
  let left = mostBytes;
  for await (const piece of from) {
    left -= piece.byteLength;
    if (left < 0) throw new CofferdamError('PROTOCOL_VIOLATION', 'more bytes than a call carries');
    await write(piece);
  }
}
