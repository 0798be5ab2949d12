import { indexOf, list, slice } from './intrinsics.ts';

const MAX_STACK = 16_384;

/** Frames of the bootstrap, of the engine's boundary and of the host are none of the guest's. */
const HIDDEN = list('cofferdam:', '(<isolated-vm boundary>)', 'file:///', 'node:');

/** A stack without the frames that are not the guest's, cut to size. */
export function guestFrames(stack: string): string {
  let kept = '';
  let start = 0;
  const text = slice(stack, 0, MAX_STACK * 4);
  while (start <= text.length && kept.length < MAX_STACK) {
    const newline = indexOf(text, '\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = slice(text, start, end);
    if (!isHidden(line)) kept += kept === '' ? line : `\n${line}`;
    start = end + 1;
  }
  return slice(kept, 0, MAX_STACK);
}

function isHidden(line: string): boolean {
  if (indexOf(line, '    at ') !== 0) return false;
  for (let i = 0; i < HIDDEN.length; i++) {
    if (indexOf(line, HIDDEN[i]!) !== -1) return true;
  }
  return false;
}
