/** As much of a text as is no longer than `room` bytes when it is written as a JSON string. */
export function cutToJson(text: string, room: number): { text: string; bytes: number } {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const cost = costOf(text.charCodeAt(i));
    if (bytes + cost > room) return { text: text.slice(0, wholeEnd(text, i)), bytes };
    bytes += cost;
  }
  return { text, bytes };
}

/** Half of a surrogate pair is never left behind: JSON would write it as six characters. */
function wholeEnd(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `\b`, `\t`, `\n`, `\f`, `\r` */
const SHORT_ESCAPES = [8, 9, 10, 12, 13];

function costOf(code: number): number {
  if (code < 0x20) return SHORT_ESCAPES.includes(code) ? 2 : 6;
  if (code === QUOTE || code === BACKSLASH) return 2;
  if (code < 0x80) return 1;
  // A surrogate pair is four bytes: two for each half.
  return code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
}
