import { record } from '../../../../guest/interface.ts';
import { own } from '../../../directory/guest/own.ts';
import { ask } from '../ask.ts';
import { failureOf } from '../failure.ts';
import { stateOf } from '../remote.ts';
import { PageFunction } from '../source.ts';
import { locatorText } from './subject.ts';
import type { Seen } from './until.ts';

/** What a page's own code says of elements, by what is asked of each. */
const LOOKS = record({
  attribute: look('e.getAttribute(x)'),
  className: look("e.getAttribute('class')??''"),
  css: look('getComputedStyle(e).getPropertyValue(x)||getComputedStyle(e)[x]||""'),
  empty: look(
    "e instanceof HTMLInputElement||e instanceof HTMLTextAreaElement?e.value==='':!e.textContent.trim()",
  ),
  focused: look('e.getRootNode().activeElement===e&&document.hasFocus()'),
  id: look('e.id'),
  indeterminate: look('e.indeterminate===true'),
  innerText: look('e.innerText??e.textContent??""'),
  ratio: new PageFunction(
    `(els)=>Promise.all(els.map((e)=>new Promise((done)=>{
const seen=new IntersectionObserver((all)=>{seen.disconnect();done(all[0].intersectionRatio)});
seen.observe(e);requestAnimationFrame(()=>{})})))`,
  ),
  text: look('e.textContent??""'),
  value: look('"value" in e?String(e.value):null'),
  values: look('e instanceof HTMLSelectElement?[...e.selectedOptions].map((o)=>o.value):null'),
});

export type LookName = keyof typeof LOOKS;

function look(expression: string): PageFunction {
  return new PageFunction(`(els,x)=>els.map((e)=>(${expression}))`);
}

/** What there is of each element that a locator finds. */
export function lookAt<T>(locator: object, name: LookName, argument?: unknown): Promise<T[]> {
  return own(ask(stateOf(locator), 'evaluateAll', [LOOKS[name], argument]));
}

/** Of the one element that there is to be; nothing where there is none yet. */
export async function lookAtOne<T>(
  locator: object,
  name: LookName,
  argument?: unknown,
): Promise<{ value: T } | undefined> {
  const all = await lookAt<T>(locator, name, argument);
  if (all.length === 0) return undefined;
  if (all.length === 1) return record({ value: all[0]! });
  const message = `strict mode violation: ${locatorText(locator)} resolved to ${all.length} elements`;
  throw failureOf('Error', message);
}

export const MISSING: Seen = record({ pass: false, isMissing: true, actual: 'no element' });
