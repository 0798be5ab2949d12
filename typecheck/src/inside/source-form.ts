/** What stands before and after a body: on lines of its own, so that the body's columns stay. */
const BODY_HEAD = 'export default async function () {\n';
const BODY_TAIL = '\n}';

/** A source as TypeScript is given it, and how many characters were put before it. */
export interface WrittenSource {
  text: string;
  offset: number;
}

export function asModule(code: string): WrittenSource {
  return { text: code, offset: 0 };
}

/** The inside of an async function, in which `return` and `await` may stand. */
export function asBody(code: string): WrittenSource {
  return { text: `${BODY_HEAD}${code}${BODY_TAIL}`, offset: BODY_HEAD.length };
}

/** Spares most sources a look at their syntax tree: without these words none is a module. */
export function mayBeModule(code: string): boolean {
  return /\b(?:import|export)\b/.test(code);
}
