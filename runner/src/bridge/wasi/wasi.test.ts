import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSink } from './guest/byte-sink.ts';
import { cutToJson } from './guest/json-room.ts';
import { LineLog } from './guest/line-log.ts';
import { decodeUtf8, encodeUtf8 } from './guest/utf8.ts';

const text = fc.string({ unit: 'binary', maxLength: 200 });

describe('UTF-8', () => {
  it('is written as the platform writes it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        const any = String.fromCharCode(...units);
        expect([...encodeUtf8(any)]).toEqual([...new TextEncoder().encode(any)]);
      }),
    );
  });

  it('is read as the platform reads it, whatever the bytes are', () => {
    const lead = fc.constantFrom(0xc1, 0xc3, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5);
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      lead,
      fc.constantFrom(0x80, 0x9f, 0xbf),
    );
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(byte), (any, likely) => {
        const bytes = Uint8Array.from([...any, ...likely]);
        expect(decodeUtf8(bytes)).toBe(decoder.decode(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('may be long', () => {
    const long = '\u{1f7e2}a\u00fc'.repeat(50_000);
    expect(decodeUtf8(encodeUtf8(long))).toBe(long);
  });
});

describe('a text cut to the room it has as JSON', () => {
  it('fits, is a prefix, and is as long as can be', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 300 }), (any, room) => {
        const wellFormed = any.toWellFormed();
        const cut = cutToJson(wellFormed, room);
        const size = (part: string) => Buffer.byteLength(JSON.stringify(part)) - 2;
        expect(wellFormed.startsWith(cut.text)).toBe(true);
        expect(cut.text.isWellFormed()).toBe(true);
        expect(size(cut.text)).toBeLessThanOrEqual(room);
        const next = [...wellFormed.slice(cut.text.length)][0];
        if (next !== undefined) expect(size(cut.text + next)).toBeGreaterThan(room);
      }),
    );
  });
});

describe('console lines made of output', () => {
  it('are the same however the output comes in pieces', () => {
    fc.assert(
      fc.property(fc.array(text), fc.integer({ min: 1, max: 7 }), (parts, size) => {
        const output = parts.join('\n').toWellFormed();
        const bytes = encodeUtf8(output);
        const lines: string[] = [];
        const log = new LineLog((line) => lines.push(line));
        for (let at = 0; at < bytes.length; at += size) log.append(bytes.subarray(at, at + size));
        log.end();
        const expected = output.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });
});

describe('a sink of bytes', () => {
  it('keeps what is appended and gives it back from the front', () => {
    const sink = new ByteSink();
    for (let i = 0; i < 3_000; i++) sink.append(Uint8Array.of(i, i >> 8));
    expect(sink.length).toBe(6_000);
    expect([...sink.shift(4)]).toEqual([0, 0, 1, 0]);
    expect([...sink.bytes.subarray(0, 2)]).toEqual([2, 0]);
    sink.clear();
    expect(sink.bytes).toHaveLength(0);
  });
});
