import { primordials } from '../../../../guest/captured.ts';
import type { BrowserClassName } from '../classes.ts';
import { isRemote, stateOf } from '../remote.ts';

const { stringSlice } = primordials;
const MAX_SHOWN = 200;

/** The object, where it is one of this class. */
export function isA(kind: BrowserClassName, value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return isRemote(value) && stateOf(value).kind === kind;
}

/** A locator as its author wrote it: `getByRole("list").locator("li")`. */
export function locatorText(locator: object): string {
  const chain = stateOf(locator).chain!;
  let text = '';
  for (let i = 0; i < chain.length; i++) {
    const step = chain[i]!;
    text += `${i > 0 ? '.' : ''}${step[0]}(${stringSlice(step[1], 1, -1)})`;
  }
  return text.length > MAX_SHOWN ? `${stringSlice(text, 0, MAX_SHOWN)}…` : text;
}
