import { CofferdamError, type OutgoingCall } from '@cofferdam/protocol/base';

/** Sends texts one after the other as the bytes of a call; how long each is goes in its payload. */
export async function sendTexts(
  call: Pick<OutgoingCall, 'write' | 'end'>,
  texts: readonly Buffer[],
): Promise<void> {
  // eslint-disable-next-line no-await-in-loop -- one after the other is what a stream is
  for (const text of texts) await call.write(text);
  call.end();
}

/** Reads texts of these lengths, which are to be all that comes. */
export async function readTexts(
  data: AsyncIterable<Buffer> | Iterable<Buffer>,
  lengths: readonly number[],
): Promise<string[]> {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const all = Buffer.allocUnsafe(total);
  let at = 0;
  for await (const chunk of data) {
    if (at + chunk.byteLength > total) throw wrongLength();
    at += chunk.copy(all, at);
  }
  if (at !== total) throw wrongLength();
  let start = 0;
  return lengths.map((length) => all.toString('utf8', start, (start += length)));
}

function wrongLength(): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', 'texts are not as long as was said');
}
