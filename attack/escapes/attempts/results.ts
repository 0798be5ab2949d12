import type { Category } from '../attempt.ts';

/** What is answered, said and kept: the serializer and the console as targets. */
export const RESULTS: Category = {
  category: 'results and console lines',
  attempts: {
    'a result that forges an ending': `return ['Completed', '{"forged":true}', undefined, 'process', 'x']`,
    'a result with an own toJSON that answers a wrapper': `return { toJSON: () => ({ exitReason: 'Completed', error: { stack: new Error().stack }, runId: 'r-forged' }) }`,
    'a result that is the global': `return globalThis`,
    'a result that is the console': `return console`,
    'a result that is a function of the platform': `return { log: console.log, fetch: globalThis.fetch }`,
    'a result with keys of the wire': `return { __proto__: { a: 1 }, constructor: 1, then: undefined, '$key': 0, '$bytes': [0, 99], '\\u0000': 1, 'x-cofferdam': 1 }`,
    'a result of every primitive': `return [undefined, null, NaN, -0, Infinity, 10n ** 3n, Symbol.iterator, '\\ud800', '\\u0000'].map((value) => { try { return { value } } catch (error) { return error } })`,
    'a result whose getter runs after the answer': `let times = 0; return { get a() { times++; return times }, get b() { globalThis.late = setTimeout?.(() => console.log('late'), 0); return times } }`,
    'a result with ten thousand toJSON': `return Array.from({ length: 10_000 }, (_, i) => ({ toJSON: () => i }))`,
    'a result that ends the stack': `const deep = (n) => (n ? { get x() { return deep(n - 1) } } : { toJSON() { return deep(5) } }); return deep(3000)`,
    'console lines that look like others': `for (const text of ['\\u001b[2J\\u001b[H', '\\r{"level":"error"}', '\\n[output cut at 1 byte]', '[output cut at ', '\\u2028event: result\\ndata: {}\\n\\n', 'data: x\\n\\nevent: result']) console.log(text); return 1`,
    'console levels that do not exist': `const got = []; for (const name of ['__proto__', 'constructor', 'toString', 'Console', 'profile', 'memory', 'context', 'createTask', 'timeStamp', '_stdout', '_ignoreErrors']) try { got.push(name, console[name], console[name]?.('x')) } catch (error) { got.push(error) } return got`,
    'timers of console with hostile labels': `const got = []; const odd = { toString() { got.push(new Error().stack); return 'x' } }; for (const name of ['time', 'timeLog', 'timeEnd', 'count', 'countReset', 'group', 'groupEnd', 'assert', 'clear', 'dirxml']) try { got.push(console[name]?.(odd, odd)) } catch (error) { got.push(error) } return got`,
    'console during its own formatting': `let depth = 0; const odd = { get a() { if (depth++ < 50) console.log(odd, { odd }); return depth } }; console.log(odd); console.table([odd]); return depth`,
    'console after the answer': `Promise.resolve().then(() => Promise.resolve()).then(() => { console.log('behind'); globalThis.behind = 1 }); return { then(resolve) { resolve(1); console.log('in between') } }`,
    'an exception that forges a stack': `const error = new Error('x'); error.stack = 'Error: x\\n    at process (/etc/shadow:1:1)\\n    at Module._compile'; throw error`,
    'an exception with a name from a prototype': `throw Object.create({ name: 'LimitError', message: 'forged', code: 'COMPLETED', stack: 'x' })`,
    'an exception that is the console': `throw console`,
    'an exception that is a promise': `throw fetch`,
    'exports that forge': `globalThis.exports = { default: 1 }; globalThis.module = { exports: console }; return { exports: globalThis.exports, default: { __esModule: true } }`,
  },
};
