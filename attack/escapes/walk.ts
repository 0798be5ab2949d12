import { KIT } from './evidence.ts';

/** What a walk has seen, as its guest text answers it. */
export interface Walked {
  objects: number;
  functions: number;
  /** Getters, functions and constructors that were called without an argument. */
  calls: number;
  /** Paths of functions that are not of this realm. */
  foreign: string[];
  /** Paths of native functions without a name, which is what a function of the host looks like. */
  unnamed: string[];
  /** What the evidence kit says of all that was found. */
  evidence: string;
}

/**
 * Guest text: `await walk(roots)` goes through everything that is reachable, by properties, accessors and
 * prototypes, calls each getter, function and constructor that it meets, with up to three receivers, and goes
 * through what they answer, throw and resolve to as well. It answers the JSON text of `Walked`.
 */
export const WALK = `${KIT}
const walk = async (roots) => {
  const { getPrototypeOf, getOwnPropertyDescriptor } = Object, { apply, construct, ownKeys } = Reflect;
  const ofRealm = Function.prototype, textOf = ofRealm.toString;
  // The language's own functions without a name: Function.prototype and %ThrowTypeError%.
  const nameless = [ofRealm, getOwnPropertyDescriptor((function () { 'use strict'; return arguments })(), 'callee').get];
  const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
  const seen = new Set(), queue = [], pending = [], foreign = [], unnamed = [], times = new Map();
  let functions = 0, calls = 0;
  const take = (path, value, depth) => {
    if (!isObject(value) || seen.has(value)) return;
    seen.add(value); queue.push({ path, value, depth });
    if (value instanceof Promise) pending.push(value.then((got) => take(path + ' resolved', got, depth), (error) => take(path + ' rejected', error, depth)));
  };
  const attempt = (path, make, depth) => {
    calls++;
    try { take(path, make(), depth) } catch (error) { take(path + ' threw', error, depth) }
  };
  const lookAtFunction = (path, value, depth) => {
    functions++;
    let at = value;
    while (at !== null && at !== ofRealm) at = getPrototypeOf(at);
    if (at === null) foreign.push(path);
    const isNamed = getOwnPropertyDescriptor(value, 'name')?.value !== '';
    if (depth === 0 && !isNamed && apply(textOf, value, []).endsWith('{ [native code] }') && !nameless.includes(value)) unnamed.push(path);
  };
  const call = (path, member, receiver, depth) => {
    const count = times.get(member) ?? 0;
    if (count >= 3 || depth > 2) return;
    times.set(member, count + 1);
    attempt(path + '()', () => apply(member, receiver, []), depth + 1);
    if (count === 0) attempt('new ' + path, () => construct(member, []), depth + 1);
  };
  const lookAtMembers = ({ path, value, depth }) => {
    for (let at = value, level = 0; at !== null && level < 5; at = getPrototypeOf(at), level++) {
      for (const key of ownKeys(at)) {
        const field = getOwnPropertyDescriptor(at, key), name = path + '.' + String(key);
        take(name, field.value, depth); take(name + ' get', field.get, depth); take(name + ' set', field.set, depth);
        for (const member of [field.get, field.value]) if (typeof member === 'function') call(name, member, value, depth);
      }
    }
    take(path + '.__proto__', getPrototypeOf(value), depth);
  };
  for (const [name, root] of Object.entries(roots)) take(name, root, 0);
  for (let done = 0; done < queue.length && queue.length < 30_000; ) {
    for (; done < queue.length && queue.length < 30_000; done++) {
      const { path, value, depth } = queue[done];
      if (typeof value === 'function') lookAtFunction(path, value, depth);
      try { lookAtMembers(queue[done]) } catch (error) { take(path + ' refused', error, depth) }
    }
    const settled = Promise.allSettled(pending.splice(0));
    await Promise.race([settled, new Promise((go) => (globalThis.setTimeout ? setTimeout(go, 50) : settled.then(go)))]);
  }
  return JSON.stringify({ objects: seen.size, functions, calls, foreign, unnamed, evidence: evidence([...seen]) });
};
`;
