/**
 * Guest text that comes before an attempt and judges what it got hold of. It captures what it needs first, takes
 * the mark of the realm as it finds it (what an earlier run has left behind would change it), and afterwards
 * walks everything that the attempt returned, threw or put within the global's reach.
 *
 * `evidence(got)` answers one text, as the attempt may have broken every other way to say anything:
 * `looked <mark of the realm> <objects walked>` and an alarm on each further line.
 */
export const KIT = String.raw`
const evidence = (() => {
  const { getPrototypeOf, setPrototypeOf, getOwnPropertyDescriptor, hasOwn, prototype: root } = Object;
  const { ownKeys, apply } = Reflect;
  const NativeSet = Set, ErrorType = Error;
  const { has, add } = Set.prototype;
  const { exec } = RegExp.prototype;
  const { charCodeAt, slice } = String.prototype;
  const { toString: textOf } = Function.prototype;
  const { toString: symbolText } = Symbol.prototype;
  const global = globalThis;
  const list = (first) => setPrototypeOf(first === undefined ? [] : [first], null);
  const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
  const fits = (pattern, text) => apply(exec, pattern, [text]) !== null;
  const keyText = (key) => (typeof key === 'symbol' ? apply(symbolText, key, []) : key);

  const mark = () => {
    let hash = 0x811c9dc5;
    const seen = new NativeSet(), queue = list();
    const mix = (text) => { for (let i = 0; i < text.length; i++) hash = ((hash ^ apply(charCodeAt, text, [i])) * 16777619) >>> 0 };
    const note = (value) => {
      if (!isObject(value)) return mix(typeof value);
      if (!apply(has, seen, [value])) { apply(add, seen, [value]); queue[queue.length] = value }
    };
    note(global);
    for (let i = 0; i < queue.length && i < 20000; i++) {
      const keys = ownKeys(queue[i]);
      note(getPrototypeOf(queue[i]));
      for (let k = 0; k < keys.length; k++) {
        const field = setPrototypeOf(getOwnPropertyDescriptor(queue[i], keys[k]), null);
        mix(keyText(keys[k]) + (field.writable ? 'w' : '-') + (field.configurable ? 'c' : '-'));
        if (typeof field.value === 'string') mix(field.value);
        note(field.value); note(field.get); note(field.set);
      }
    }
    return hash + ' ' + queue.length;
  };

  const CLASSES = /^(Reference|ExternalCopy|Callback|Isolate|Context|Script|Module|NativeModule|InspectorSession|Process|process)$/;
  const HANDLES = /^(derefInto|applyIgnored|applySync|applySyncPromise|copyInto|createContextSync|compileScriptSync|evalClosureSync|transferOut|unsafeInherit)$/;
  const INNER = /^(hostCall|hostCallSync|callSync|loadGroup|runText|runBytes|openRuntime|primordials|describeError)$/;
  const NODE = /^(mainModule|binding|_linkedBinding|dlopen|internalBinding|_load|_resolveFilename|execSync|readFileSync|memoryUsage|getBuiltinModule)$/;
  const HOST = /node_modules|node:internal|isolated-vm[\/\\]|\/runner\/(src|generated)|\/inside\/|canary-/;
  const NATIVE = /^function \(\) \{ \[native code\] \}$/;
  const ANSWER = /The host has no such function|no run has begun/;
  const found = list();
  const alarm = (what) => { if (found.length < 20) found[found.length] = what };
  /** A hook of isolated-vm's is a native function without a name: called as hooks are, it gives itself away. */
  const probe = (value) => {
    const name = getOwnPropertyDescriptor(value, 'name');
    if (!name || name.value !== '' || !fits(NATIVE, apply(textOf, value, []))) return;
    let said;
    try { said = value('port', 'reached-a-hook') } catch (error) { said = error }
    if (typeof said === 'string' && said.length > 500) alarm('hook: the source of a group');
    try { if (typeof said[1] === 'string' && fits(ANSWER, said[1])) alarm('hook: the host answered') } catch {}
  };
  const lookAtKey = (object, key, field) => {
    if (typeof key === 'string' && object !== global) {
      if (fits(INNER, key) || fits(HANDLES, key) || (fits(NODE, key) && typeof field.value === 'function')) alarm('key: ' + key);
    }
    const naming = typeof object === 'function' && (key === 'name' || typeof key === 'symbol');
    if (naming && typeof field.value === 'string' && fits(CLASSES, field.value)) alarm('class: ' + field.value);
  };
  const walk = (got) => {
    const seen = new NativeSet(), queue = list();
    const note = (value) => {
      if (typeof value === 'string') { if (fits(HOST, value)) alarm('text: ' + apply(slice, value, [0, 200])) }
      else if (isObject(value) && !apply(has, seen, [value])) { apply(add, seen, [value]); queue[queue.length] = value }
    };
    const look = (object) => {
      const prototype = getPrototypeOf(object);
      if (prototype === null && object !== root && hasOwn(object, 'hasOwnProperty') && hasOwn(object, '__defineGetter__')) alarm('the root of another realm');
      note(prototype);
      if (typeof object === 'function') probe(object);
      const keys = ownKeys(object);
      if (typeof getOwnPropertyDescriptor(object, 'pid')?.value === 'number' && isObject(getOwnPropertyDescriptor(object, 'versions')?.value)) alarm('a process');
      for (let i = 0; i < keys.length && i < 3000; i++) {
        const field = getOwnPropertyDescriptor(object, keys[i]);
        if (!field) continue;
        setPrototypeOf(field, null);
        lookAtKey(object, keys[i], field);
        note(field.value); note(field.get); note(field.set);
        if (keys[i] === 'stack' && field.get) try { note(object.stack) } catch {}
      }
    };
    // Stacks are read as texts: a trap of the attempt's would make call sites of each, and errors of those.
    try { delete ErrorType.prepareStackTrace } catch {}
    note(got); note(global);
    for (let i = 0; i < queue.length && i < 20000; i++) try { look(queue[i]) } catch {}
    return queue.length;
  };

  const before = mark();
  return (got) => {
    const walked = walk(got);
    let text = 'looked ' + before + ' ' + walked;
    for (let i = 0; i < found.length; i++) text += '\n' + found[i];
    return text;
  };
})();
`;

/** Deno has a process, modules and files of its own: there only what was not for it to read gives it away. */
export const TEXT_KIT = String.raw`
const evidence = (() => {
  const { stringify } = JSON;
  const { inspect } = Deno;
  return (got) => {
    let text;
    try { text = inspect(got, { depth: 6, iterableLimit: 1000, strAbbreviateSize: 100000, showHidden: true }) } catch (error) { text = 'unreadable' }
    return 'looked 0 0 0' + (/canary-/.test(text) ? '\ntext: ' + text : '');
  };
})();
`;

export interface Evidence {
  /** The mark of the realm before the attempt; the same for every pristine realm of one kind. */
  mark: string;
  walked: number;
  alarms: string[];
}

/** What a kit has said, or undefined where it did not come to say anything. */
export function readEvidence(value: unknown): Evidence | undefined {
  if (typeof value !== 'string' || !value.startsWith('looked ')) return undefined;
  const [head, ...alarms] = value.split('\n');
  const [, hash, count, walked] = head!.split(' ');
  return { mark: `${hash} ${count}`, walked: Number(walked), alarms };
}
