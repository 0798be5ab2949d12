import { assert, asyncProperty, array, constantFrom, integer, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  closePart,
  encodeSocketPart,
  readClose,
  readSocketParts,
  SOCKET_PART_BYTES,
  socketParts,
  type SocketKind,
  type SocketPart,
} from './socket-parts.ts';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(bytes: Buffer, size: number): Promise<SocketPart[]> {
  const parts: SocketPart[] = [];
  for await (const part of readSocketParts(cut(bytes, size))) parts.push(part);
  return parts;
}

describe('parts of messages', () => {
  it('come out as they went in, however the stream is cut', async () => {
    const kinds = constantFrom<SocketKind[]>('text', 'binary');
    const message = uint8Array({ maxLength: 300 });
    await assert(
      asyncProperty(
        array(message),
        kinds,
        integer({ min: 1, max: 64 }),
        async (list, kind, size) => {
          const parts = list.flatMap((bytes) => [...socketParts(kind, bytes)]);
          const read = await readAll(Buffer.concat(parts.map(encodeSocketPart)), size);
          expect(read.map((part) => [part.kind, part.isLast, [...part.bytes]])).toEqual(
            list.map((bytes) => [kind, true, [...bytes]]),
          );
        },
      ),
    );
  });

  it('cuts a large message and marks the last part', async () => {
    const parts = [...socketParts('binary', new Uint8Array(SOCKET_PART_BYTES * 2 + 1))];
    expect(parts.map((part) => [part.bytes.byteLength, part.isLast])).toEqual([
      [SOCKET_PART_BYTES, false],
      [SOCKET_PART_BYTES, false],
      [1, true],
    ]);
    expect([...socketParts('text', new Uint8Array(SOCKET_PART_BYTES))]).toHaveLength(1);
  });

  it('says how a connection ended', () => {
    expect(readClose(closePart({ code: 4000, reason: 'é' }))).toEqual({ code: 4000, reason: 'é' });
    expect(readClose({ kind: 'close', isLast: true, bytes: new Uint8Array() }).code).toBe(1005);
  });

  it.each([
    ['an unknown kind', [0, 0, 0, 0, 3]],
    ['a part that is too large', [0, 1, 0, 1, 1]],
    ['a close that is too large', [0, 0, 0, 126, 0x88]],
    ['an end within a part', [0, 0, 0, 2, 1, 7]],
  ])('refuses %s', async (_what, bytes) => {
    await expect(readAll(Buffer.from(bytes), 64)).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    });
  });
});
