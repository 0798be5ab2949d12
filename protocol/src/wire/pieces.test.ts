import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pieces } from './pieces.ts';

describe('Pieces', () => {
  it('gives back every byte in order, whatever is pushed and shifted between', () => {
    const steps = fc.array(fc.oneof(fc.constant('shift'), fc.constant('push')), {
      maxLength: 6000,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const pieces = new Pieces();
        const given: Buffer[] = [];
        let next = 0;
        for (const step of list) {
          if (step === 'push') pieces.push(Buffer.from([next++ % 256]));
          else given.push(pieces.shift() ?? Buffer.alloc(0));
        }
        const taken = Buffer.concat(given).byteLength;
        expect(pieces.bytes).toBe(next - taken);
        given.push(pieces.takeAll());
        expect(Buffer.concat(given)).toEqual(
          Buffer.from(Uint8Array.from({ length: next }, (_, i) => i)),
        );
        expect(pieces.bytes).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('gives so many bytes as are asked for, wherever its pieces end', () => {
    const pushed = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 40 });
    const sizes = fc.infiniteStream(fc.nat({ max: 60 }));
    fc.assert(
      fc.property(pushed, sizes, (list, wanted) => {
        const pieces = new Pieces();
        for (const bytes of list) pieces.push(Buffer.from(bytes));
        const whole = Buffer.concat(list);
        for (let at = 0; at < whole.byteLength;) {
          const size = Math.min(wanted.next().value as number, whole.byteLength - at);
          expect(pieces.take(size)).toEqual(whole.subarray(at, at + size));
          at += size;
          expect(pieces.bytes).toBe(whole.byteLength - at);
        }
      }),
    );
  });

  it('joins many small pieces', () => {
    const pieces = new Pieces();
    for (let i = 0; i < 10_000; i++) pieces.push(Buffer.from('x'));
    let count = 0;
    while (pieces.shift()) count++;
    expect(count).toBeLessThan(1100);
  });
});
