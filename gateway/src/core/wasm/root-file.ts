import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { CofferdamError, MAX_WASM_BYTES } from '@cofferdam/protocol';

const MAX_PATH_CHARS = 1024;

/** Not a link in its last part, and not a pipe that nobody writes to. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Reads a module from under the configured root. Everything that is not a regular file there, by its
 * real path, is `WASM_FILE_REFUSED`, with one message for all: whether a file outside exists is
 * nobody's business.
 */
export async function readRootFile(root: string | undefined, file: string): Promise<Buffer> {
  if (root === undefined) {
    throw new CofferdamError('WASM_FILE_REFUSED', 'no WebAssembly root is configured');
  }
  const handle = await openInside(root, file).catch((cause: unknown) => {
    throw new CofferdamError('WASM_FILE_REFUSED', undefined, { cause });
  });
  try {
    return await readBounded(handle);
  } finally {
    await handle.close();
  }
}

async function openInside(root: string, file: string): Promise<FileHandle> {
  if (file.length > MAX_PATH_CHARS || file.includes('\0')) throw new Error('no path');
  const realRoot = await realpath(root);
  const real = await realpath(resolve(realRoot, file));
  if (!isInside(realRoot, real)) throw new Error('outside of the root');
  const handle = await open(real, FLAGS);
  try {
    await assertSame(handle, real);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function isInside(root: string, path: string): boolean {
  const inner = relative(root, path);
  return inner !== '' && inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
}

/** What was opened is what was checked: no folder of the path became a link in between. */
async function assertSame(handle: FileHandle, path: string): Promise<void> {
  const opened = await handle.stat();
  if (!opened.isFile()) throw new Error('no regular file');
  const [again, there] = await Promise.all([realpath(path), stat(path)]);
  if (again !== path || there.ino !== opened.ino || there.dev !== opened.dev) {
    throw new Error('the path changed while it was opened');
  }
}

async function readBounded(handle: FileHandle): Promise<Buffer> {
  const { size } = await handle.stat();
  if (size > MAX_WASM_BYTES) throw tooLarge();
  // One byte more than it said, so that a file that grows meanwhile is noticed.
  const bytes = Buffer.alloc(size + 1);
  let length = 0;
  while (length < bytes.byteLength) {
    const { bytesRead } = await handle.read(bytes, length, bytes.byteLength - length, length);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  throw tooLarge();
}

const tooLarge = () =>
  new CofferdamError('BODY_TOO_LARGE', `a module may have ${MAX_WASM_BYTES} bytes`);
