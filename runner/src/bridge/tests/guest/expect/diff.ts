import { primordials } from '../../../../guest/captured.ts';
import { list } from '../../../../guest/interface.ts';

const { max, min, stringIndexOf, stringSlice, Uint16Array } = primordials;

/** Lines of each side that are looked at for what they have in common. */
const MAX_LINES = 400;
/** Lines that are alike around those that are not. */
const CONTEXT = 3;

interface Line {
  mark: '-' | '+' | ' ';
  text: string;
}

/** What has to be removed from one text (`-`) and added to it (`+`) to become the other. */
export function lineDiff(expected: string, actual: string): string {
  const lines = differences(linesOf(expected), linesOf(actual));
  return `- Expected\n+ Received\n${shown(lines)}`;
}

function linesOf(text: string): string[] {
  const lines = list<string>();
  let start = 0;
  while (lines.length < MAX_LINES) {
    const end = stringIndexOf(text, '\n', start);
    lines[lines.length] = stringSlice(text, start, end === -1 ? text.length : end);
    if (end === -1) return lines;
    start = end + 1;
  }
  lines[lines.length] = '…';
  return lines;
}

/** By the longest common subsequence of the lines. */
function differences(left: readonly string[], right: readonly string[]): Line[] {
  const width = right.length + 1;
  const common = commonLengths(left, right);
  const lines = list<Line>();
  const add = (mark: Line['mark'], text: string) => (lines[lines.length] = { mark, text });
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      add(' ', left[i]!);
      i++;
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) add('-', left[i++]!);
    else add('+', right[j++]!);
  }
  while (i < left.length) add('-', left[i++]!);
  while (j < right.length) add('+', right[j++]!);
  return lines;
}

/** For each pair of places, how many lines are common from there on. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint16Array {
  const width = right.length + 1;
  const common = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const at = i * width + j;
      common[at] =
        left[i] === right[j]
          ? common[at + width + 1]! + 1
          : max(common[at + width]!, common[at + 1]!);
    }
  }
  return common;
}

/** Long stretches without a difference become one line that says so. */
function shown(lines: readonly Line[]): string {
  let text = '';
  let at = 0;
  while (at < lines.length) {
    const end = endOfStretch(lines, at);
    if (end === at) {
      text += lineText(lines[at]!);
      at++;
      continue;
    }
    const from = at === 0 ? 0 : CONTEXT;
    const to = end === lines.length ? 0 : CONTEXT;
    text += stretchText(lines, at, end, { from, to });
    at = end;
  }
  return text;
}

function endOfStretch(lines: readonly Line[], start: number): number {
  let end = start;
  while (end < lines.length && lines[end]!.mark === ' ') end++;
  return end;
}

function stretchText(
  lines: readonly Line[],
  start: number,
  end: number,
  context: { from: number; to: number },
): string {
  const head = min(end, start + context.from);
  const tail = max(head, end - context.to);
  let text = '';
  for (let i = start; i < head; i++) text += lineText(lines[i]!);
  const hidden = tail - head;
  if (hidden === 1) text += lineText(lines[head]!);
  else if (hidden > 1) text += `\n  … ${hidden} lines alike`;
  for (let i = tail; i < end; i++) text += lineText(lines[i]!);
  return text;
}

function lineText({ mark, text }: Line): string {
  return `\n${mark} ${text}`;
}
