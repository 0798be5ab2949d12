/**
 * The outer function takes the parameters, so that the source may declare `input` itself. `await`
 * there looks nothing up on `Promise.prototype`, which a script may have changed.
 */
export const HEAD = 'async function (input, env) { return await (async function () {';
export const STRICT_HEAD = `${HEAD}"use strict";`;
export const TAIL = '\n})()}';

/** What a body is parsed inside, on its own first line: line numbers stay the author's. */
export const PARSED_HEAD = 'async function $(){';
export const PARSED_TAIL = '\n}';
