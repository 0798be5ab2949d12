import { describe, expect, test } from 'vitest';
import type { KubernetesError } from './kubernetes-error.ts';
import { watchEvents } from './watch-stream.ts';

const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const pod = (name: string) => ({ metadata: { name, resourceVersion: '1' } });

async function* chunksOf(...chunks: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk as string);
}

async function read(chunks: AsyncIterable<Buffer>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { type, object } of watchEvents(chunks)) {
    lines.push(`${type} ${object.metadata.name}`);
  }
  return lines;
}

describe('watchEvents', () => {
  test('of any pieces: several lines in one, one line in several, a character cut in two', async () => {
    const text =
      line('ADDED', pod('a')) + line('MODIFIED', pod('ä€😀')) + line('DELETED', pod('c'));
    const bytes = Buffer.from(text);
    const expected = ['ADDED a', 'MODIFIED ä€😀', 'DELETED c'];
    expect(await read(chunksOf(text))).toEqual(expected);
    for (const size of [1, 2, 3, 7, 50]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      expect(await read(chunksOf(...pieces))).toEqual(expected);
    }
  });

  test('drops a line that the end cut off, and empty lines', async () => {
    const cut = line('ADDED', pod('b')).slice(0, -1);
    expect(await read(chunksOf('\n', line('ADDED', pod('a')), '\n', cut))).toEqual(['ADDED a']);
  });

  test('throws what an event of type ERROR says', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    const error = await read(chunksOf(line('ERROR', status))).catch((thrown: unknown) => thrown);
    expect((error as KubernetesError).gone).toBe(true);
  });

  test.each([
    'nonsense\n',
    '7\n',
    'null\n',
    line('SPLIT', pod('a')),
    line('ADDED', {}),
    line('ADDED', null),
  ])('throws at %j', async (text) => {
    await expect(read(chunksOf(text))).rejects.toThrow("the API server's watch sent");
  });

  test('throws at a line without end before it holds more than 16 MiB and a piece', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      const piece = Buffer.alloc(1024 * 1024, 'x');
      for (;;) {
        sent += piece.length;
        yield piece;
      }
    }
    await expect(read(endless())).rejects.toThrow('a line of more than');
    expect(sent).toBeLessThanOrEqual(17 * 1024 * 1024);
  });
});
