import type { Random } from '../src/random.ts';

/** What a reader could stumble over, as JSON. */
const LEAVES = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1', '1.5', '1e308', '-1e308', '1e999', '5e-324'],
  ...['9007199254740993', '2147483648', '4294967296', '""', '"x"', '"\\u0000"', '"\\ud800"'],
  ...['"__proto__"', '"constructor"', '"../.."', '"\\r\\nx: y"', '"%00"', '"\\u2028"', '"1e999"'],
  ...['[]', '{}', '[[]]', '[null]', '{"toString":null}', '{"length":1e9}', '{"then":1}'],
  ...['{"toJSON":{}}', '{"constructor":{"prototype":{}}}', '{"__proto__":{"polluted":1}}'],
] as const;
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  'length',
  '',
  'x',
  '0',
  'toJSON',
];
/** So many elements make a message of some hundred kilobytes of a small one. */
const MANY = 20_000;
const LONG_TEXT = 1024 * 1024;
const DEEP = 10_000;
/** Once in so many changes: each costs as much as a thousand others. */
const FLOOD_ONE_IN = 10_000;

interface Span {
  start: number;
  end: number;
  isKey: boolean;
}

/** A JSON text that knows where its keys and values are: changed as text, which costs a tenth of changing the value. */
export class JsonSeed {
  readonly text: string;
  readonly #spans: Span[] = [];

  constructor(text: string) {
    this.text = text;
    this.#scan(0);
  }

  /** With one to three keys or values changed. */
  mutated(random: Random): string {
    let { text } = this;
    let before = text.length + 1;
    const chosen = Array.from({ length: 1 + random.below(3) }, () => random.pick(this.#spans));
    for (const { start, end, isKey } of chosen.toSorted((a, b) => b.start - a.start)) {
      if (end > before) continue;
      const old = text.slice(start, end);
      const other = isKey ? JSON.stringify(random.pick(KEYS)) : replacement(old, random);
      text = text.slice(0, start) + other + text.slice(end);
      before = start;
    }
    return text;
  }

  /** Notes the value that begins there; answers where it ends. */
  #scan(start: number): number {
    const { text } = this;
    const first = text[start]!;
    let end: number;
    if (first === '{' || first === '[') end = this.#scanInside(start, first === '{');
    else if (first === '"') end = endOfText(text, start);
    else end = start + /^[^,\]}]*/.exec(text.slice(start))![0].length;
    this.#spans.push({ start, end, isKey: false });
    return end;
  }

  #scanInside(start: number, hasKeys: boolean): number {
    const { text } = this;
    let at = start + 1;
    while (text[at] !== '}' && text[at] !== ']') {
      if (text[at] === ',') at++;
      if (hasKeys) {
        const end = endOfText(text, at);
        this.#spans.push({ start: at, end, isKey: true });
        at = end + 1;
      }
      at = this.#scan(at);
    }
    return at + 1;
  }
}

function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function replacement(old: string, random: Random): string {
  if (random.oneIn(FLOOD_ONE_IN)) return flood(old, random);
  switch (random.below(10)) {
    case 0:
      return `[${old}]`;
    case 1:
      return `{${JSON.stringify(random.pick(KEYS))}:${old}}`;
    case 2:
      return JSON.stringify(old);
    case 3:
      return `${old},${old}`;
    case 4:
      return /^[0-9]/.test(old)
        ? `${old}${random.pick(['e9', '.5', '0', 'e-9'])}`
        : `${old},"x":${old}`;
    default:
      return random.pick(LEAVES);
  }
}

/** A flood of elements or keys, a text of a megabyte, a nest that no value could be built of. */
function flood(old: string, random: Random): string {
  switch (random.below(4)) {
    case 0:
      return `[${`${old},`.repeat(MANY)}${old}]`;
    case 1:
      return `"${'x'.repeat(LONG_TEXT)}"`;
    case 2:
      return `{${Array.from({ length: MANY }, (_, index) => `"k${index}":1`).join()}}`;
    default:
      return random.pick(['[', '{"a":', '[[],']).repeat(1 + random.below(DEEP));
  }
}
