type Octets = readonly [number, number, number, number];
type Spelling = (octets: Octets) => string;

const FULL_WIDTH = '０１２３４５６７８９';
const CIRCLED = '⓪①②③④⑤⑥⑦⑧⑨';
const MATHEMATICAL = [...'𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗'];
const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';

const whole = ([a, b, c, d]: Octets) => ((a * 256 + b) * 256 + c) * 256 + d;
const hex = (value: number) => `0x${value.toString(16)}`;
const octal = (value: number) => `0${value.toString(8)}`;
const dotted = (octets: Octets) => octets.join('.');
const digits = (set: Iterable<string>) => {
  const all = [...set];
  return (text: string) => text.replace(/[0-9]/g, (digit) => all[Number(digit)]!);
};
const percent = (text: string) =>
  text.replace(/./g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Ways to write an IPv4 address in a URL: what the parser takes for it, and what other parsers do. */
export const IPV4_SPELLINGS: Readonly<Record<string, Spelling>> = {
  dotted,
  decimal: (octets) => String(whole(octets)),
  hexadecimal: (octets) => hex(whole(octets)),
  'hexadecimal in capitals': (octets) => `0X${whole(octets).toString(16).toUpperCase()}`,
  'hexadecimal with zeros': (octets) => `0x${whole(octets).toString(16).padStart(16, '0')}`,
  octal: (octets) => octal(whole(octets)),
  'octal with zeros': (octets) => `0000000${whole(octets).toString(8)}`,
  'hexadecimal octets': (octets) => octets.map(hex).join('.'),
  'octal octets': (octets) => octets.map(octal).join('.'),
  'octal octets with zeros': (octets) =>
    octets.map((octet) => octet.toString(8).padStart(9, '0')).join('.'),
  'mixed octets': ([a, b, c, d]) => `${hex(a)}.${octal(b)}.${c}.${hex(d)}`,
  'two parts': ([a, b, c, d]) => `${a}.${(b * 256 + c) * 256 + d}`,
  'three parts': ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  'two parts in hexadecimal': ([a, b, c, d]) => `${hex(a)}.${hex((b * 256 + c) * 256 + d)}`,
  'trailing dot': (octets) => `${dotted(octets)}.`,
  'two trailing dots': (octets) => `${dotted(octets)}..`,
  'overflowing whole': (octets) => String(whole(octets) + 2 ** 32),
  'overflowing octets': (octets) => octets.map((octet) => octet + 256).join('.'),
  'overflowing hexadecimal': (octets) => `0x41414141${whole(octets).toString(16).padStart(8, '0')}`,
  'full-width digits': (octets) => digits(FULL_WIDTH)(dotted(octets)),
  'circled digits': (octets) => digits(CIRCLED)(dotted(octets)),
  'mathematical digits': (octets) => digits(MATHEMATICAL)(dotted(octets)),
  'superscript digits': (octets) => digits(SUPERSCRIPT)(dotted(octets)),
  'ideographic dots': (octets) => octets.join('。'),
  'half-width dots': (octets) => octets.join('｡'),
  'full-width dots': (octets) => octets.join('．'),
  'percent-encoded': (octets) => percent(dotted(octets)),
  'percent-encoded dots': (octets) => octets.join('%2e'),
  'soft hyphen': (octets) => dotted(octets).replace('.', '\u00ad.'),
  'zero-width space': (octets) => dotted(octets).replace('.', '\u200b.'),
  'tab within': (octets) => dotted(octets).replace('.', '\t.'),
  'five parts': (octets) => `${dotted(octets)}.0`,
};

export function octetsOf(address: string): Octets {
  return address.split('.').map(Number) as unknown as Octets;
}
