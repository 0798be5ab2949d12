import { open } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { MAX_FILE_BYTES, parseFile, type ParsedFile } from './document.ts';

/** What a file says now; undefined when it is gone. Never throws: what fails is a problem of it. */
export async function readScripts(path: string, file: string): Promise<ParsedFile | undefined> {
  const failed = (message: string): ParsedFile => ({
    entries: [],
    problems: [{ file, line: 0, column: 0, path: '', message }],
  });
  try {
    await using handle = await open(path);
    const stat = await handle.stat();
    if (!stat.isFile()) return undefined;
    if (stat.size > MAX_FILE_BYTES) return failed('the file is larger than 1 MiB');
    // One byte more than allowed: a file that grows meanwhile is not read on and on.
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const bytes = buffer.subarray(0, bytesRead);
    return isUtf8(bytes) ? parseFile(file, bytes.toString()) : failed('the file is not UTF-8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return failed(`the file cannot be read: ${code ?? message}`);
  }
}
