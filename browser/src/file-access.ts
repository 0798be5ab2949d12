import { Buffer } from 'node:buffer';
import { refused } from './errors.ts';
import type { BrowserFiles } from './options.ts';
import type { InputFile } from './types.ts';

/** What goes through memory of this process at once. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_PATH = 4_096;
const MIME = 'application/octet-stream';

function readPath(path: unknown): string {
  if (typeof path === 'string' && path.length > 0 && path.length <= MAX_PATH) return path;
  throw new TypeError(`A path is a text of 1 to ${MAX_PATH} characters`);
}

/** A file for `setInputFiles`, from where the host says that files are. */
export async function readInputFile(
  files: BrowserFiles | undefined,
  given: unknown,
): Promise<InputFile & { buffer: Buffer }> {
  const path = readPath(given);
  if (!files?.readFile) throw refused('The host gave no files to read');
  const read = await files.readFile(path);
  const isPlain = read instanceof Uint8Array;
  const bytes = isPlain ? read : read.buffer;
  if (bytes.byteLength > MAX_FILE_BYTES) throw new RangeError('The file is too large');
  const name = path.split('/').at(-1) ?? path;
  return {
    ...(isPlain ? { name, mimeType: MIME } : { name: read.name, mimeType: read.mimeType }),
    buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}

export async function readText(files: BrowserFiles | undefined, path: unknown): Promise<string> {
  return (await readInputFile(files, path)).buffer.toString('utf8');
}

export async function writeBytes(
  files: BrowserFiles | undefined,
  given: unknown,
  data: Uint8Array,
): Promise<void> {
  const path = readPath(given);
  if (!files?.writeFile) throw refused('The host gave no files to write');
  if (data.byteLength > MAX_FILE_BYTES) throw new RangeError('The file is too large');
  await files.writeFile(path, data);
}

export async function writeText(
  files: BrowserFiles | undefined,
  path: unknown,
  text: string,
): Promise<void> {
  await writeBytes(files, path, Buffer.from(text));
}
