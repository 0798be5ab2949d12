import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** As much as the protocol carries of one module. */
export const MAX_SOURCE_BYTES = 16 * 1024 * 1024;

/** The text of a file of the host's. What is told of a failure holds no path of the host's. */
export async function readHostFile(path: string, specifier: string): Promise<string> {
  const failed = (why: string) =>
    new Error(`Cannot read the file of module '${specifier}': ${why}`);
  // Without waiting: opening a pipe that nobody writes to would last for ever.
  const opened = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  await using file = await opened.catch((error: NodeJS.ErrnoException) => {
    throw failed(error.code ?? 'it failed');
  });
  const stat = await file.stat();
  if (!stat.isFile()) throw failed('it is no regular file');
  if (stat.size > MAX_SOURCE_BYTES) throw failed(`it is larger than ${MAX_SOURCE_BYTES} bytes`);
  const bytes = Buffer.alloc(stat.size);
  let at = 0;
  while (at < bytes.byteLength) {
    // eslint-disable-next-line no-await-in-loop -- one piece after the other
    const { bytesRead } = await file.read(bytes, at, bytes.byteLength - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.toString('utf8', 0, at);
}
