import { primordials } from '../../../../guest/captured.ts';

const { regexpExec } = primordials;

/** Whether a text matches from its beginning on: flags `g` and `y` keep no place from before. */
export function firstMatch(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  const isFound = regexpExec(pattern, text) !== null;
  pattern.lastIndex = 0;
  return isFound;
}
