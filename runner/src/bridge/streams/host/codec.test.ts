import { randomBytes } from 'node:crypto';
import { crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Codec, type CodecName } from './codec.ts';

/** Everything that comes out, asked for as the guest's half does. */
async function through(name: CodecName, pieces: readonly Uint8Array[]): Promise<Buffer> {
  const codec = new Codec(name);
  const out: Uint8Array[] = [];
  const drain = async (answer: Promise<{ json?: unknown; bytes?: Uint8Array }>) => {
    for (let next = answer; ; next = codec.next()) {
      const { json, bytes } = await next;
      if (bytes) out.push(bytes);
      if (!(json as { more: boolean }).more) return;
    }
  };
  try {
    for (const piece of pieces) await drain(codec.write(piece));
    await drain(codec.end());
    expect(codec.isOver).toBe(true);
    return Buffer.concat(out);
  } finally {
    codec.close();
  }
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

/** A member with every field that a header may have. */
function withFields(data: Buffer, headerCrc = 0): Buffer {
  const fixed = Buffer.from([0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 255]);
  const fields = Buffer.from([3, 0, 9, 9, 9, ...Buffer.from('name\0comment\0')]);
  const header = Buffer.concat([fixed, fields]);
  const ends = Buffer.alloc(10);
  ends.writeUInt16LE((crc32(header) ^ headerCrc) & 0xffff, 0);
  ends.writeUInt32LE(crc32(data), 2);
  ends.writeUInt32LE(data.byteLength, 6);
  return Buffer.concat([header, ends.subarray(0, 2), deflateRawSync(data), ends.subarray(2)]);
}

const text = Buffer.from('hello '.repeat(50));

describe('a member of gzip', () => {
  it.each([1, 2, 7, 8, 9, 19, 64, 1_000_000])('is read in pieces of %i bytes', async (size) => {
    for (const data of [text, Buffer.alloc(0), randomBytes(3_000)]) {
      const packed = gzipSync(data);
      expect(await through('from-gzip', cut(packed, size))).toEqual(data);
    }
    const full = withFields(text);
    expect(gunzipSync(full)).toEqual(text);
    expect(await through('from-gzip', cut(full, size))).toEqual(text);
  });

  it('is read with as much as it unpacks to', async () => {
    const large = Buffer.alloc(3_000_000, 'abc');
    const packed = gzipSync(large);
    expect((await through('from-gzip', cut(packed, 65_536))).equals(large)).toBe(true);
    expect((await through('from-gzip', cut(packed, 100))).equals(large)).toBe(true);
  });

  const packed = gzipSync(text);
  const changed = (at: number) => {
    const copy = Buffer.from(packed);
    copy[at < 0 ? copy.length + at : at]! ^= 0x40;
    return copy;
  };
  const bad: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['another format', deflateRawSync(text)],
    ['a reserved flag', changed(3)],
    ['a wrong checksum', changed(-5)],
    ['a wrong size', changed(-1)],
    ['a wrong checksum of its header', withFields(text, 1)],
    ['a header without data', packed.subarray(0, 10)],
    ['data without an end', packed.subarray(0, 20)],
    ['no trailer', packed.subarray(0, -8)],
    ['half a trailer', packed.subarray(0, -3)],
    ['one byte more', Buffer.concat([packed, Buffer.alloc(1)])],
    ['a second member', Buffer.concat([packed, packed])],
    ['much more', Buffer.concat([packed, randomBytes(100_000)])],
  ];
  it.each(bad)('is none with %s, wherever it is cut', async (_what, bytes) => {
    for (const size of [1, 5, 8, packed.byteLength, packed.byteLength - 8, 1_000_000]) {
      await expect(through('from-gzip', cut(bytes, size))).rejects.toMatchObject({
        name: 'TypeError',
      });
    }
  });
});

describe('the other formats', () => {
  it.each(['gzip', 'deflate', 'deflate-raw'] as const)(
    'come back as they were: %s',
    async (name) => {
      const data = Buffer.concat([randomBytes(100_000), Buffer.alloc(100_000)]);
      const packed = await through(`to-${name}`, cut(data, 65_536));
      expect((await through(`from-${name}`, cut(packed, 65_536))).equals(data)).toBe(true);
      await expect(through(`from-${name}`, [packed, Buffer.from([1])])).rejects.toThrow(
        'not valid',
      );
    },
  );
});
