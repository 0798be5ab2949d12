import type { Attempt, Place } from './attempts/attempt.ts';

/** The two forms in which a source may be: a function's body, and a module. */
export const FORMS = ['body', 'module'] as const;
export type Form = (typeof FORMS)[number];

/** One that waits for what never comes has gained nothing, and holds up no other. */
const PATIENCE_MS = 2_500;

/** A source that tries all of them, one after another; its result is how each ended. */
export function scriptOf(tried: readonly Attempt[], place: Place, form: Form): string {
  const functions = tried.map(({ code }) => `async (at) => { ${code}\n}`).join(',\n');
  const result = form === 'body' ? 'return ends' : 'export default ends';
  // Captured first: an attempt may change what the next one stands on.
  return `const { stringify } = JSON, { setTimeout: later, clearTimeout: never, String: text } = globalThis;
const ended = async (tries, at) => {
  try {
    const value = await tries(at);
    return 'value ' + stringify(value === undefined ? 'done' : value, (key, held) => typeof held === 'bigint' ? text(held) : held).slice(0, 500);
  } catch (error) {
    return ('thrown ' + text(error?.name) + ': ' + text(error?.message)).slice(0, 500);
  }
};
const ends = [];
let uncaught;
for (const type of ['unhandledrejection', 'error']) {
  addEventListener(type, (event) => {
    event.preventDefault();
    const error = event.reason ?? event.error;
    uncaught?.('thrown ' + text(error?.name) + ': ' + text(error?.message));
  });
}
for (const tries of [${functions}]) {
  let timer;
  const late = new Promise((done) => { uncaught = done; timer = later(done, ${PATIENCE_MS}, 'late'); });
  ends[ends.length] = await Promise.race([ended(tries, ${JSON.stringify(place)}), late]);
  never(timer);
}
${result};`;
}
