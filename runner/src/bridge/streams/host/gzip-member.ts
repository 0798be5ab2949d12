import { crc32 } from 'node:zlib';

const MAGIC = [0x1f, 0x8b];
const DEFLATE = 8;
const HAS_HEADER_CRC = 0x02;
const HAS_EXTRA = 0x04;
const HAS_NAME = 0x08;
const HAS_COMMENT = 0x10;
const RESERVED = 0xe0;
/** Time, extra flags and operating system, which mean nothing here. */
const IGNORED_BYTES = 6;
/** CRC-32 and size of what is unpacked. */
const TRAILER_BYTES = 8;

/**
 * What of RFC 1952 is around the packed data of one member. Compression Streams take one and no
 * more, where Node's own gunzip goes on with the next: the data itself is for `createInflateRaw`.
 */
export class GzipMember {
  readonly #header = readHeader();
  #headerCrc = 0;
  #isHeaderDone = false;
  /** The last bytes that were given on, of which some may be no data but the trailer. */
  #last: Uint8Array = new Uint8Array();
  #given = 0;
  #trailer: Buffer | undefined;
  #crc = 0;
  #size = 0;

  constructor() {
    this.#header.next();
  }

  /** What of the input is data. Throws for what is no gzip and for input behind the trailer. */
  take(bytes: Uint8Array): Uint8Array {
    if (this.#trailer) {
      this.#addToTrailer(bytes);
      return new Uint8Array();
    }
    const data = bytes.subarray(this.#skipHeader(bytes));
    this.#last = data;
    this.#given += data.byteLength;
    return data;
  }

  /** Data that was unpacked. */
  unpacked(piece: Uint8Array): void {
    this.#crc = crc32(piece, this.#crc);
    this.#size = (this.#size + piece.byteLength) % 2 ** 32;
  }

  /** The data was over after so many bytes, with others behind it. */
  endAt(consumed: number): void {
    const rest = this.#given - consumed;
    this.#addToTrailer(this.#last.subarray(this.#last.byteLength - rest));
  }

  get isDataOver(): boolean {
    return this.#trailer !== undefined;
  }

  /** Throws when the trailer is missing or says other than what came. */
  finish(): void {
    const trailer = this.#trailer;
    const isRight =
      trailer?.byteLength === TRAILER_BYTES &&
      trailer.readUInt32LE(0) === this.#crc &&
      trailer.readUInt32LE(4) === this.#size;
    if (!isRight) throw new RangeError('no whole member');
  }

  #addToTrailer(bytes: Uint8Array): void {
    const known = this.#trailer ?? Buffer.alloc(0);
    if (known.byteLength + bytes.byteLength > TRAILER_BYTES) {
      throw new RangeError('input behind the member');
    }
    this.#trailer = Buffer.concat([known, bytes]);
  }

  /** How many bytes of the input are still the header. */
  #skipHeader(bytes: Uint8Array): number {
    let at = 0;
    while (!this.#isHeaderDone && at < bytes.byteLength) {
      const byte = bytes[at++]!;
      const step = this.#header.next({ byte, crc: this.#headerCrc });
      this.#headerCrc = crc32(Uint8Array.of(byte), this.#headerCrc);
      this.#isHeaderDone = step.done === true;
    }
    return at;
  }
}

interface HeaderByte {
  byte: number;
  /** Of the bytes before it. */
  crc: number;
}

/** Takes one byte after another until the header is over. */
function* readHeader(): Generator<undefined, void, HeaderByte> {
  for (const expected of [...MAGIC, DEFLATE]) if ((yield).byte !== expected) throw notGzip();
  const { byte: flags } = yield;
  if (flags & RESERVED) throw notGzip();
  for (let i = 0; i < IGNORED_BYTES; i++) yield;
  if (flags & HAS_EXTRA) yield* skipExtra();
  if (flags & HAS_NAME) yield* skipText();
  if (flags & HAS_COMMENT) yield* skipText();
  if (flags & HAS_HEADER_CRC) {
    const low = yield;
    const high = yield;
    if (low.byte + 256 * high.byte !== (low.crc & 0xffff)) throw notGzip();
  }
}

function* skipExtra(): Generator<undefined, void, HeaderByte> {
  const low = (yield).byte;
  const size = low + 256 * (yield).byte;
  for (let i = 0; i < size; i++) yield;
}

function* skipText(): Generator<undefined, void, HeaderByte> {
  while ((yield).byte !== 0);
}

function notGzip(): RangeError {
  return new RangeError('no header of gzip');
}
