import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FRAME_TYPES,
  FrameDecoder,
  MAX_FRAME_BYTES,
  type Frame,
  type FrameType,
} from './frame.ts';

const types = Object.keys(FRAME_TYPES) as FrameType[];
const frames = fc.array(
  fc.record({
    type: fc.constantFrom(...types),
    toCaller: fc.boolean(),
    callId: fc.nat({ max: 0xffff_ffff }),
    payload: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 8 },
);
const encode = (list: Frame[]) =>
  Buffer.concat(list.map((f) => encodeFrame(f.type, f.toCaller, f.callId, f.payload)));

describe('FrameDecoder', () => {
  it('reads back what was encoded, however the bytes arrive', () => {
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (list, sizes) => {
        const bytes = encode(list);
        const decoder = new FrameDecoder();
        const read: Frame[] = [];
        for (let at = 0; at < bytes.byteLength;) {
          const size = sizes.next().value as number;
          read.push(...decoder.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(read).toEqual(list);
        expect(decoder.buffered).toBe(0);
      }),
    );
  });

  it('reads the same when split at every byte', () => {
    const list: Frame[] = [
      { type: 'call', toCaller: false, callId: 1, payload: Buffer.from('{"a":"ä"}') },
      { type: 'end', toCaller: true, callId: 0xffff_ffff, payload: Buffer.alloc(0) },
    ];
    const bytes = encode(list);
    for (let split = 0; split <= bytes.byteLength; split++) {
      const decoder = new FrameDecoder();
      const read = [
        ...decoder.push(bytes.subarray(0, split)),
        ...decoder.push(bytes.subarray(split)),
      ];
      expect(read).toEqual(list);
    }
    const decoder = new FrameDecoder();
    expect([...bytes].flatMap((byte) => decoder.push(Buffer.from([byte])))).toEqual(list);
  });

  it('takes the largest frame and refuses one byte more by its header alone', () => {
    const [frame] = new FrameDecoder().push(
      encodeFrame('data', false, 1, Buffer.alloc(MAX_FRAME_BYTES)),
    );
    expect(frame?.payload.byteLength).toBe(MAX_FRAME_BYTES);
    expect(() => encodeFrame('data', false, 1, Buffer.alloc(MAX_FRAME_BYTES + 1))).toThrow(
      /too large/,
    );
    const header = Buffer.alloc(9);
    header.writeUInt32BE(MAX_FRAME_BYTES + 1);
    header[4] = FRAME_TYPES.data;
    expect(() => new FrameDecoder().push(header)).toThrow(/too large/);
  });

  it('may hold the first frame to a smaller bound than the ones after it', () => {
    const decoder = new FrameDecoder(100, 10);
    expect(decoder.push(encodeFrame('hello', false, 0, 'x'.repeat(10)))).toHaveLength(1);
    expect(decoder.push(encodeFrame('data', false, 0, 'x'.repeat(100)))).toHaveLength(1);
    expect(() =>
      new FrameDecoder(100, 10).push(encodeFrame('hello', false, 0, 'x'.repeat(11))),
    ).toThrow(/too large/);
  });

  it.each([0, 12, 99, 0x7f, 0x80])('refuses the unknown type %i', (code) => {
    const frame = encodeFrame('ping', false, 0);
    frame[4] = code;
    expect(() => new FrameDecoder().push(frame)).toThrow(/unknown frame type/);
  });

  it('throws nothing but a protocol violation on garbage, and holds no more than a frame', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        const decoder = new FrameDecoder(256);
        try {
          for (const chunk of chunks) decoder.push(Buffer.from(chunk));
        } catch (error) {
          expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
        }
        expect(decoder.buffered).toBeLessThanOrEqual(9 + 256 + 64);
      }),
    );
  });
});
