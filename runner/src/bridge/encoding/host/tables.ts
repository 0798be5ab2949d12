import { createRequire } from 'node:module';

/**
 * Node's own decoders are not those of the Encoding Standard (`iso-8859-16`, Big5, EUC-KR and
 * others differ); this package's are. Loaded when a guest first names such an encoding: its tables
 * are 150 KB that most processes never need.
 */
type Package = typeof import('@exodus/bytes/encoding.js');
let loaded: Package | undefined;

function encodings(): Package {
  loaded ??= createRequire(import.meta.url)('@exodus/bytes/encoding.js') as Package;
  return loaded;
}

/** What a decoder of the standard's needs: code points as 32-bit numbers, 0 where there is none. */
const MADE = new Map<string, Uint8Array>();

const BYTES = range(0x80, 0xff);
const LEADS = range(0x81, 0xfe);

/** A table of two bytes: which come first and second, and what stands before them. */
interface Pairs {
  encoding: string;
  leads: readonly number[];
  trails: readonly number[];
  prefix?: readonly number[];
}

/** By name; within each the order is that of the standard's pointers. */
const PAIRS: Readonly<Record<string, Pairs>> = {
  big5: { encoding: 'big5', leads: LEADS, trails: [...range(0x40, 0x7e), ...range(0xa1, 0xfe)] },
  'euc-kr': { encoding: 'euc-kr', leads: LEADS, trails: range(0x41, 0xfe) },
  gb18030: {
    encoding: 'gb18030',
    leads: LEADS,
    trails: [...range(0x40, 0x7e), ...range(0x80, 0xfe)],
  },
  jis0208: {
    encoding: 'shift_jis',
    leads: [...range(0x81, 0x9f), ...range(0xe0, 0xfc)],
    trails: [...range(0x40, 0x7e), ...range(0x80, 0xfc)],
  },
  jis0212: {
    encoding: 'euc-jp',
    leads: range(0xa1, 0xfe),
    trails: range(0xa1, 0xfe),
    prefix: [0x8f],
  },
};

/** Encodings with a byte for each character; their table is of the bytes from 0x80 on. */
const SINGLE_BYTE = new Set(
  `ibm866 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i
   iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u macintosh windows-874
   windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256
   windows-1257 windows-1258 x-mac-cyrillic x-user-defined`.split(/\s+/),
);

const RANGES = 'gb18030-ranges';

/** The name of the encoding that a label stands for; `replacement` decodes nothing and is none. */
export function encodingOf(label: string): string | null {
  const name = encodings().normalizeEncoding(label);
  return name === 'replacement' ? null : name;
}

/** The bytes of a table: one for each single-byte encoding, and the indexes of the others. */
export function tableOf(name: string): Uint8Array | undefined {
  const known = MADE.get(name);
  if (known) return known;
  const points = pointsOf(name);
  if (!points) return undefined;
  const table = new Uint8Array(Uint32Array.from(points).buffer);
  MADE.set(name, table);
  return table;
}

function pointsOf(name: string): number[] | undefined {
  if (name === RANGES) return gb18030Ranges();
  if (SINGLE_BYTE.has(name))
    return decodeEach(
      name,
      BYTES.map((byte) => [byte]),
    );
  const pairs = Object.hasOwn(PAIRS, name) ? PAIRS[name] : undefined;
  if (!pairs) return undefined;
  const { encoding, leads, trails, prefix = [] } = pairs;
  const sequences = leads.flatMap((lead) => trails.map((trail) => [...prefix, lead, trail]));
  return decodeEach(encoding, sequences);
}

const NEWLINE = 0x0a;
const REPLACEMENT = 0xfffd;

/** The one code point that each sequence stands for, or 0. A line feed ends a sequence in every encoding. */
function decodeEach(encoding: string, sequences: readonly (readonly number[])[]): number[] {
  const { TextDecoder } = encodings();
  const bytes = Uint8Array.from(sequences.flatMap((sequence) => [...sequence, NEWLINE]));
  const texts = new TextDecoder(encoding).decode(bytes).split('\n');
  return sequences.map((_, index) => {
    const [character, ...more] = texts[index]!;
    const point = character?.codePointAt(0) ?? 0;
    return more.length > 0 || point === REPLACEMENT ? 0 : point;
  });
}

/** Four bytes of gb18030 below the astral planes, as pairs of a pointer and the code point from there on. */
function gb18030Ranges(): number[] {
  const last = 39_419;
  const sequences = range(0, last).map((pointer) => [
    0x81 + Math.floor(pointer / 12_600),
    0x30 + (Math.floor(pointer / 1260) % 10),
    0x81 + (Math.floor(pointer / 10) % 126),
    0x30 + (pointer % 10),
  ]);
  const points = decodeEach('gb18030', sequences);
  return points.flatMap((point, pointer) => {
    const goesOn = pointer > 0 && point === points[pointer - 1]! + 1;
    return goesOn ? [] : [pointer, point];
  });
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
