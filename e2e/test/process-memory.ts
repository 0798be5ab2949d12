import { open, readFile } from 'node:fs/promises';

const STEP = 4 * 1024 * 1024;

/** Whether what a process could have written to holds these bytes, in its memory as it is now. */
export async function holds(pid: number, text: string): Promise<boolean> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  await using memory = await open(`/proc/${pid}/mem`);
  const wanted = Buffer.from(text, 'latin1');
  const buffer = Buffer.alloc(STEP + wanted.length);
  for (const [, from, to] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
    const end = Number.parseInt(to!, 16);
    for (let at = Number.parseInt(from!, 16); at < end; at += STEP) {
      const length = Math.min(buffer.length, end - at);
      // A region may be gone, or one that a device has.
      const read = memory.read(buffer, 0, length, at).catch(() => ({ bytesRead: 0 }));
      // eslint-disable-next-line no-await-in-loop -- one buffer
      const { bytesRead } = await read;
      if (buffer.subarray(0, bytesRead).includes(wanted)) return true;
    }
  }
  return false;
}
