import type { Random } from '../src/random.ts';

const EDGES = [0, 1, 0x7f, 0x80, 0xfe, 0xff, 0x22, 0x5b, 0x5c, 0x7b];
const SIZES = [0, 1, 8, 9, 0xffff, 0x1_0000, 0x100_0000, 0x100_0001, 0x7fff_ffff, 0xffff_ffff];

/** Bytes with one to four places changed. */
export function mutatedBytes(bytes: Buffer, random: Random): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--) changed = mutateOnce(changed, random);
  return changed;
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.byteLength + 1);
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([
        bytes.subarray(0, at),
        random.bytes(random.below(16)),
        bytes.subarray(at),
      ]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.below(16))]);
    case 3:
      return Buffer.concat([bytes, bytes.subarray(at, at + 1_024)]);
    case 4:
      return withSize(bytes, at, random);
    default:
      if (at < bytes.byteLength) bytes[at] = random.oneIn(2) ? random.pick(EDGES) : random.next();
      return bytes;
  }
}

/** A length that lies. */
function withSize(bytes: Buffer, at: number, random: Random): Buffer {
  if (at + 4 <= bytes.byteLength) bytes.writeUInt32BE(random.pick(SIZES), at);
  return bytes;
}

/** The same bytes in pieces, as a socket may bring them. */
export function pieces(bytes: Buffer, random: Random): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    const size = 1 + random.below(random.oneIn(3) ? 4 : bytes.byteLength);
    all.push(bytes.subarray(at, at + size));
    at += size;
  }
  return all;
}
