/**
 * Guest text, before any attempt: a walk over everything that an attempt got hold of. It answers
 * what of it is the host's: another realm's objects, isolated-vm's handles, the bootstrap's own
 * functions, texts with a path of the host. All of it uses what was captured first.
 */
export const DETECTOR = String.raw`
const detect = (() => {
  const { getPrototypeOf, getOwnPropertyDescriptor, prototype: objectPrototype } = Object;
  const { ownKeys, apply } = Reflect;
  const { hasOwn } = Object;
  const NativeSet = Set, has = Set.prototype.has, add = Set.prototype.add, text = String, setPrototype = Object.setPrototypeOf;
  const test = RegExp.prototype.exec;
  const HANDLE = /^(Reference|ExternalCopy|Callback|Isolate|Context|Script|Module|NativeModule|Process|process)$/;
  const INNER = /^(hostCall|hostCallSync|callSync|loadGroup|runText|primordials|mainModule|binding)$/;
  const HOST = /node_modules|node:internal|isolated-vm[/\\]|\/runner\/|\/inside\/|file:\/\/\/(?!etc\/passwd)|canary-/;
  return (root) => {
    const found = setPrototype([], null), queue = setPrototype([root], null), seen = new NativeSet();
    const alarm = (what) => { if (found.length < 20) found[found.length] = what };
    const note = (value) => {
      if (typeof value === 'string') { if (apply(test, HOST, [value]) !== null) alarm('text: ' + value.slice?.(0, 300)) }
      else if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
        if (!apply(has, seen, [value])) { apply(add, seen, [value]); queue[queue.length] = value }
      }
    };
    const look = (object) => {
      const prototype = getPrototypeOf(object);
      if (prototype === null && object !== objectPrototype && hasOwn(object, 'hasOwnProperty') && hasOwn(object, '__defineGetter__')) alarm('the root of another realm');
      note(prototype);
      const keys = ownKeys(object);
      for (let i = 0; i < keys.length && i < 2000; i++) {
        const key = keys[i];
        if (typeof key === 'string' && apply(test, INNER, [key]) !== null && object !== root) alarm('key: ' + key);
        const field = getOwnPropertyDescriptor(object, key);
        if (!field) continue;
        if (hasOwn(field, 'value')) {
          note(field.value);
          if ((key === 'name' || typeof key === 'symbol') && typeof field.value === 'string' && typeof object === 'function' && apply(test, HANDLE, [field.value]) !== null) alarm('handle: ' + field.value);
        } else { note(field.get); note(field.set); if (key === 'stack') try { note(object.stack) } catch {} }
      }
    };
    for (let i = 0; i < queue.length && i < 20000; i++) {
      if (i === 0 && (Object(root) !== root)) note(root);
      else try { look(queue[i]) } catch {}
    }
    const list = [];
    for (let i = 0; i < found.length; i++) Object.defineProperty(list, i, { __proto__: null, value: text(found[i]), enumerable: true, configurable: true, writable: true });
    return list;
  };
})();
`;
