import { open, type FileHandle } from 'node:fs/promises';

const NEWLINE = 0x0a;
/** Of the first line, which says what the trace is of. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** A text of lines, or its first line and as many of the last as there is room for. */
export async function readEnd(path: string, room: number) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size === 0) return undefined;
    if (size <= room) return { value: await file.readFile('utf8'), isCut: false };
    const head = await readAt(file, 0, MAX_HEAD_BYTES);
    const first = head.indexOf(NEWLINE) + 1;
    const end = await readAt(file, size - (room - MAX_HEAD_BYTES), room - MAX_HEAD_BYTES);
    // The line that it begins within is half a line.
    const rest = end.subarray(end.indexOf(NEWLINE) + 1);
    return { value: Buffer.concat([head.subarray(0, first), rest]).toString(), isCut: true };
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number) {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead);
}
