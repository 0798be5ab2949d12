import type { FilesAnswer, FilesQuery } from '@cofferdam/protocol';
import {
  LASTING,
  RUNTIME_METHODS,
  type Channel,
  type IncomingCall,
} from '@cofferdam/protocol/base';
import type { FilesExchange } from './stream.ts';

/** Has the other side of a channel work on files: one hop towards the embedder. */
export function filesOverChannel(
  channel: Channel,
  query: FilesQuery,
  signal: AbortSignal,
): FilesExchange {
  const aborted = new AbortController();
  const call = channel.call(RUNTIME_METHODS.files, query, {
    deadlineMs: LASTING,
    signal: AbortSignal.any([signal, aborted.signal]),
  });
  return {
    // Checked where the embedder's answer arrives (the keeper).
    answer: call.reply as Promise<FilesAnswer>,
    body: call.data,
    write: (bytes) => call.write(bytes),
    endWrite: () => call.end(),
    abort: () => aborted.abort(),
  };
}

/** Answers a call for files with an operation of the next hop. */
export async function serveFilesExchange(
  call: IncomingCall,
  exchange: FilesExchange,
): Promise<unknown> {
  call.signal.addEventListener('abort', () => exchange.abort(), { once: true });
  const upload = async () => {
    for await (const chunk of call.data) await exchange.write(chunk);
    exchange.endWrite();
  };
  // The answer may come, or fail, before everything is through.
  upload().catch(() => {});
  for await (const chunk of exchange.body) await call.write(chunk);
  call.end();
  return await exchange.answer;
}
