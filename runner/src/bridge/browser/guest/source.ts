import { primordials } from '../../../guest/captured.ts';

const { functionToString, RegExp, regexpExec } = primordials;

/**
 * In a module that keeps its async context, async functions call a helper of the module's
 * (`compiler/downlevel.ts`), which a page has not: it gets one that does nothing.
 */
const HELPER = new RegExp('__async_frame__+');
const IDLE_FRAME = `((i)=>()=>({give:i,take:i,back:i,each:i,eachRead:i,delegate:i,leave(){},restore(){},
[Symbol.dispose](){},resource:(v)=>({async[Symbol.asyncDispose](){const m=v?.[Symbol.asyncDispose];
if(m)await m.call(v);else v?.[Symbol.dispose]?.();}})}))((v)=>v)`;

/** The source of a guest's function, as a page can run it. */
export function sourceOf(callback: Function): string {
  const text = functionToString(callback);
  const helper = regexpExec(HELPER, text);
  if (!helper) return text;
  return `function(...a){const ${helper[0]}=${IDLE_FRAME};return (${text}).apply(this,a)}`;
}

let textOf: (value: PageFunction) => string;
export let isPageFunction: (value: object) => value is PageFunction;

/** A function of the platform's own for a page, by its source. */
export class PageFunction {
  readonly #text: string;

  static {
    textOf = (value) => value.#text;
    isPageFunction = (value): value is PageFunction => #text in value;
  }

  constructor(text: string) {
    this.#text = text;
  }
}

export function textOfPageFunction(value: PageFunction): string {
  return textOf(value);
}
