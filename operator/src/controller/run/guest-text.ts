import type { LogLine } from '@cofferdam/protocol';

/** What could steer a terminal, or turn the order of what it shows. */
const HARMFUL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const HARMFUL_BUT_LAYOUT = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** JSON text that says the same, and is harmless wherever it is printed. */
export function harmlessJson(json: string): string {
  return json.replaceAll(HARMFUL, (character) =>
    character.length > 1 || character > '\u007f' ? escaped(character) : control(character),
  );
}

/** Between values a line feed or a tab is layout; inside a string JSON has none. */
function control(character: string): string {
  return '\t\n\r'.includes(character) ? ' ' : escaped(character);
}

function escaped(character: string): string {
  let text = '';
  for (let index = 0; index < character.length; index += 1) {
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return text;
}

/** The last lines of a console, at most so many bytes in UTF-8: where a failure shows. */
export function consoleTail(logs: readonly LogLine[], maxBytes: number): string {
  let tail = '';
  for (let index = logs.length - 1; index >= 0; index -= 1) {
    // A line may be megabytes long; more of it than fits need not be looked at.
    const line = logs[index]!.message.slice(-maxBytes).replaceAll(HARMFUL_BUT_LAYOUT, '');
    const longer = tail === '' ? line : `${line}\n${tail}`;
    if (Buffer.byteLength(longer) > maxBytes) return cutFront(longer, maxBytes);
    tail = longer;
  }
  return tail;
}

/** Cut where a character begins. */
function cutFront(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  let start = bytes.byteLength - maxBytes;
  while (isContinuation(bytes[start])) start += 1;
  return bytes.toString('utf8', start);
}

/** The beginning, at most so many bytes in UTF-8, cut where a character ends. */
export function cutBack(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
