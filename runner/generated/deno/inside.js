// runner/src/guest/intrinsics.ts
var { bind, call } = Function.prototype;
var uncurry = bind.bind(call);
var getterOf = (holder, key) => uncurry(Object.getOwnPropertyDescriptor(holder, key).get);
var indirectEval = eval;
var {
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  keys: objectKeys,
  hasOwn,
  is: sameValue
} = Object;
var { setPrototypeOf } = Object;
var { apply, ownKeys } = Reflect;
var { isArray } = Array;
var { parse: jsonParse, stringify: jsonStringify } = JSON;
var { min, max, trunc } = Math;
var now = Date.now;
var PromiseConstructor = Promise;
var pendingPromise = Promise.withResolvers.bind(Promise);
var resolvedPromise = Promise.resolve.bind(Promise);
var isPrototypeOf = uncurry(Object.prototype.isPrototypeOf);
var charCodeAt = uncurry(String.prototype.charCodeAt);
var slice = uncurry(String.prototype.slice);
var indexOf = uncurry(String.prototype.indexOf);
var repeat = uncurry(String.prototype.repeat);
var padEnd = uncurry(String.prototype.padEnd);
var toFixed = uncurry(Number.prototype.toFixed);
var numberOf = uncurry(Number.prototype.valueOf);
var stringOf = uncurry(String.prototype.valueOf);
var booleanOf = uncurry(Boolean.prototype.valueOf);
var symbolText = uncurry(Symbol.prototype.toString);
var promiseThen = uncurry(Promise.prototype.then);
var regexpExec = uncurry(RegExp.prototype.exec);
var regexpText = getterOf(RegExp.prototype, "source");
var regexpFlags = uncurry(
  Object.getOwnPropertyDescriptor(RegExp.prototype, "flags").get
);
var dateValue = uncurry(Date.prototype.getTime);
var dateText = uncurry(Date.prototype.toISOString);
var mapSize = getterOf(Map.prototype, "size");
var mapForEach = uncurry(Map.prototype.forEach);
var setSize = getterOf(Set.prototype, "size");
var setForEach = uncurry(Set.prototype.forEach);
var bufferLength = getterOf(ArrayBuffer.prototype, "byteLength");
var TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
var typedArrayLength = getterOf(TypedArray, "length");
var typedArrayName = getterOf(TypedArray, Symbol.toStringTag);
var prototypes = {
  __proto__: null,
  Object: Object.prototype,
  Array: Array.prototype,
  Function: Function.prototype,
  Error: Error.prototype,
  Map: Map.prototype,
  Set: Set.prototype,
  WeakMap: WeakMap.prototype,
  WeakSet: WeakSet.prototype,
  WeakRef: WeakRef.prototype,
  Promise: Promise.prototype,
  ArrayBuffer: ArrayBuffer.prototype,
  TypedArray,
  DataView: DataView.prototype,
  Date: Date.prototype,
  RegExp: RegExp.prototype,
  Number: Number.prototype,
  String: String.prototype,
  Boolean: Boolean.prototype
};
var errorConstructors = {
  __proto__: null,
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError
};
function list(...items) {
  return setPrototypeOf(items, null);
}
function record(fields) {
  return setPrototypeOf(fields, null);
}
function settleSafely(promise, onValue, onError) {
  defineProperty(promise, "constructor", PLAIN_CONSTRUCTOR);
  promiseThen(promise, onValue, onError);
}
var PLAIN_CONSTRUCTOR = record({ value: void 0, configurable: true, writable: true });
function utf8Length(text, limit) {
  const { length } = text;
  if (length > limit) return length;
  let bytes = length;
  for (let i = 0; i < length && bytes <= limit; i++) {
    const code = charCodeAt(text, i);
    if (code < 128) continue;
    bytes += code < 2048 || code >= 55296 && code <= 57343 ? 1 : 2;
  }
  return bytes;
}

// runner/src/guest/stack.ts
var MAX_STACK = 16384;
var HIDDEN = list("cofferdam:", "(<isolated-vm boundary>)", "file:///", "node:");
function guestFrames(stack) {
  let kept = "";
  let start = 0;
  const text = slice(stack, 0, MAX_STACK * 4);
  while (start <= text.length && kept.length < MAX_STACK) {
    const newline = indexOf(text, "\n", start);
    const end = newline === -1 ? text.length : newline;
    const line = slice(text, start, end);
    if (!isHidden(line)) kept += kept === "" ? line : `
${line}`;
    start = end + 1;
  }
  return slice(kept, 0, MAX_STACK);
}
function isHidden(line) {
  if (indexOf(line, "    at ") !== 0) return false;
  for (let i = 0; i < HIDDEN.length; i++) {
    if (indexOf(line, HIDDEN[i]) !== -1) return true;
  }
  return false;
}

// runner/src/guest/read.ts
function readText(holder, key) {
  try {
    const value = holder[key];
    return typeof value === "string" ? value : void 0;
  } catch {
    return void 0;
  }
}
function ownData(holder, key) {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  return descriptor && hasOwn(descriptor, "value") ? descriptor.value : void 0;
}
var MAX_CHAIN = 16;
function classNameOf(value) {
  let holder = value;
  for (let i = 0; holder && i < MAX_CHAIN; i++) {
    if (holder === prototypes.Object) return "Object";
    const made = ownData(holder, "constructor");
    if (typeof made === "function") {
      const name = ownData(made, "name");
      if (typeof name === "string" && name !== "") return slice(name, 0, 128);
    }
    holder = getPrototypeOf(holder);
  }
  return "";
}
function thrownText(thrown) {
  if (typeof thrown === "string") return slice(thrown, 0, 1024);
  if (typeof thrown !== "object" || thrown === null) return "something was thrown";
  return slice(readText(thrown, "message") ?? "an object was thrown", 0, 1024);
}

// runner/src/guest/kind.ts
var EXOTIC = list(
  record({ prototype: prototypes.Map, text: "is a Map; return Object.fromEntries(map)" }),
  record({ prototype: prototypes.Set, text: "is a Set; return [...set]" }),
  record({ prototype: prototypes.Promise, text: "is a Promise; await it" }),
  record({ prototype: prototypes.TypedArray, text: "is a typed array; return Array.from(it)" }),
  record({
    prototype: prototypes.ArrayBuffer,
    text: "is an ArrayBuffer; return an array or base64"
  }),
  record({ prototype: prototypes.DataView, text: "is a DataView; return an array or base64" }),
  record({ prototype: prototypes.WeakMap, text: "is a WeakMap, which has no plain form" }),
  record({ prototype: prototypes.WeakSet, text: "is a WeakSet, which has no plain form" }),
  record({ prototype: prototypes.WeakRef, text: "is a WeakRef, which has no plain form" })
);
function exoticKind(value) {
  const prototype = getPrototypeOf(value);
  if (prototype === prototypes.Object || prototype === prototypes.Array || prototype === null) {
    return void 0;
  }
  for (let i = 0; i < EXOTIC.length; i++) {
    const kind = EXOTIC[i];
    if (isPrototypeOf(kind.prototype, value)) return kind.text;
  }
  return void 0;
}
function describeKind(value) {
  switch (typeof value) {
    case "function":
      return "is a function; return data instead";
    case "symbol":
      return "is a symbol; return its description";
    default:
      return "is a bigint; return it as a string or a number";
  }
}
function unboxed(value) {
  const prototype = getPrototypeOf(value);
  if (prototype === prototypes.Object || prototype === null) return value;
  try {
    if (isPrototypeOf(prototypes.Number, value)) return numberOf(value);
    if (isPrototypeOf(prototypes.String, value)) return stringOf(value);
    if (isPrototypeOf(prototypes.Boolean, value)) return booleanOf(value);
  } catch {
  }
  return value;
}

// runner/src/guest/inspect-special.ts
var MAX_ENTRIES = 100;
var whole = (text) => record({ text, whole: true, indexed: false });
var titled = (text) => record({ text, whole: false, indexed: false });
var DESCRIBERS = list(
  pair(prototypes.Error, describeThrown),
  pair(prototypes.Map, describeMap),
  pair(prototypes.Set, describeSet),
  pair(
    prototypes.Date,
    (date) => whole(dateValue(date) >= -864e13 ? dateText(date) : "Invalid Date")
  ),
  pair(prototypes.RegExp, (regexp) => whole(`/${regexpText(regexp)}/${regexpFlags(regexp)}`)),
  pair(prototypes.Promise, () => whole("Promise {}")),
  pair(prototypes.WeakMap, () => whole("WeakMap { <items unknown> }")),
  pair(prototypes.WeakSet, () => whole("WeakSet { <items unknown> }")),
  pair(
    prototypes.ArrayBuffer,
    (buffer) => whole(`ArrayBuffer { byteLength: ${bufferLength(buffer)} }`)
  ),
  pair(prototypes.TypedArray, describeTypedArray)
);
function pair(prototype, describe) {
  return list(prototype, describe);
}
function specialOf(value, inspection, entries) {
  if (typeof value === "function") return whole(functionText(value));
  for (let i = 0; i < DESCRIBERS.length; i++) {
    const describer = DESCRIBERS[i];
    if (!isPrototypeOf(describer[0], value)) continue;
    try {
      return describer[1](value, inspection, entries);
    } catch {
      return void 0;
    }
  }
  return boxedText(value, inspection);
}
function boxedText(value, inspection) {
  const inner = unboxed(value);
  if (inner === value) return void 0;
  const text = `[${classNameOf(value)}: ${inspection.textOf(inner)}]`;
  return record({ text, whole: true, indexed: typeof inner === "string" });
}
function functionText(value) {
  const name = ownData(value, "name");
  const isClass = getOwnPropertyDescriptor(value, "prototype")?.writable === false;
  if (typeof name !== "string" || name === "")
    return `[${isClass ? "class" : "Function"} (anonymous)]`;
  return isClass ? `[class ${slice(name, 0, 128)}]` : `[Function: ${slice(name, 0, 128)}]`;
}
function describeThrown(error, inspection) {
  const name = readText(error, "name") || classNameOf(error) || "Error";
  const message = readText(error, "message") ?? "";
  const title = message === "" ? name : `${name}: ${message}`;
  const stack = guestFrames(readText(error, "stack") ?? "");
  let text = stack === "" ? `[${title}]` : stack;
  const cause = ownData(error, "cause");
  if (cause !== void 0) text += `
[cause]: ${inspection.textOf(cause)}`;
  return whole(slice(text, 0, inspection.left > 0 ? inspection.left : 0));
}
function describeMap(map, inspection, entries) {
  const size = mapSize(map);
  let shown = 0;
  mapForEach(map, (value, key) => {
    if (shown++ >= MAX_ENTRIES || inspection.left <= 0) return;
    entries[entries.length] = `${inspection.textOf(key)} => ${inspection.textOf(value)}`;
  });
  if (size > shown || shown > MAX_ENTRIES) entries[entries.length] = "... more items";
  return titled(`Map(${size})`);
}
function describeSet(set, inspection, entries) {
  const size = setSize(set);
  let shown = 0;
  setForEach(set, (value) => {
    if (shown++ >= MAX_ENTRIES || inspection.left <= 0) return;
    entries[entries.length] = inspection.textOf(value);
  });
  if (shown > MAX_ENTRIES) entries[entries.length] = "... more items";
  return titled(`Set(${size})`);
}
function describeTypedArray(view, inspection, entries) {
  const length = typedArrayLength(view);
  for (let i = 0; i < length && i < MAX_ENTRIES; i++) {
    entries[entries.length] = inspection.textOf(view[i]);
  }
  if (length > MAX_ENTRIES) entries[entries.length] = `... ${length - MAX_ENTRIES} more items`;
  const name = classNameOf(view) || typedArrayName(view);
  return record({ text: `${name}(${length})`, whole: false, indexed: true });
}

// runner/src/guest/inspect.ts
var MAX_TEXT = 16 * 1024;
var DEFAULT_DEPTH = 2;
var MAX_ITEMS = 100;
var MAX_NESTED_STRING = 1e4;
var LINE_WIDTH = 72;
function inspectValue(value, depth = DEFAULT_DEPTH) {
  const inspection = record({
    depth,
    ancestors: list(),
    left: MAX_TEXT,
    textOf: (inner) => inspectNested(inner, inspection)
  });
  return slice(inspectNested(value, inspection), 0, MAX_TEXT);
}
function inspectNested(value, inspection) {
  if (inspection.left <= 0) return "…";
  let text;
  try {
    text = textOf(value, inspection);
  } catch {
    text = "[unreadable]";
  }
  return text;
}
function textOf(value, inspection) {
  switch (typeof value) {
    case "string":
      return spend(quoted(value), inspection);
    case "bigint":
      return spend(`${slice(`${value}`, 0, MAX_NESTED_STRING)}n`, inspection);
    case "symbol":
      return spend(symbolText(value), inspection);
    case "number":
      return spend(sameValue(value, -0) ? "-0" : `${value}`, inspection);
    case "object":
      return value === null ? spend("null", inspection) : objectText(value, inspection);
    case "function":
      return objectText(value, inspection);
    default:
      return spend(`${value}`, inspection);
  }
}
function spend(text, inspection) {
  inspection.left -= text.length + 2;
  return text;
}
function quoted(value) {
  const cut = value.length > MAX_NESTED_STRING;
  const json = jsonStringify(cut ? slice(value, 0, MAX_NESTED_STRING) : value);
  let text = json;
  if (regexpExec(QUOTES, json) === null) text = `'${slice(json, 1, json.length - 1)}'`;
  return cut ? `${text}… ${value.length - MAX_NESTED_STRING} more characters` : text;
}
var QUOTES = /'|\\"/;
function objectText(value, inspection) {
  const { ancestors } = inspection;
  for (let i = 0; i < ancestors.length; i++) {
    if (ancestors[i] === value) return spend("[Circular]", inspection);
  }
  if (ancestors.length > inspection.depth) return spend(briefText(value), inspection);
  ancestors[ancestors.length] = value;
  try {
    return fullText(value, inspection);
  } finally {
    ancestors.length--;
  }
}
function briefText(value) {
  if (isArray(value)) return "[Array]";
  if (typeof value === "function") return functionText(value);
  return `[${classNameOf(value) || "Object"}]`;
}
function fullText(value, inspection) {
  const entries = list();
  const special = specialOf(value, inspection, entries);
  if (isArray(value)) arrayEntries(value, inspection, entries);
  const indexed = isArray(value) || special?.indexed === true;
  fieldEntries(value, inspection, entries, indexed);
  if (special?.whole === true && entries.length === 0) return spend(special.text, inspection);
  return wrapped(special?.text ?? nameOf(value), indexed ? "[" : "{", entries);
}
function nameOf(value) {
  return isArray(value) ? arrayName(value) : objectName(value);
}
function objectName(value) {
  const name = classNameOf(value);
  return name === "Object" ? "" : name === "" ? "[Object: null prototype]" : name;
}
function arrayName(value) {
  const name = classNameOf(value);
  return name === "Array" || name === "Object" ? "" : `${name}(${value.length})`;
}
function wrapped(name, open, entries) {
  const prefix = name === "" ? open : `${name} ${open}`;
  const close = open === "[" ? "]" : "}";
  if (entries.length === 0) return `${prefix}${close}`;
  const broken = needsLines(prefix.length, entries);
  let text = prefix;
  for (let i = 0; i < entries.length; i++) {
    const comma = i === 0 ? "" : ",";
    text += broken ? `${comma}
  ${indented(entries[i])}` : `${comma} ${entries[i]}`;
  }
  return `${text}${broken ? "\n" : " "}${close}`;
}
function needsLines(prefixWidth, entries) {
  let width = prefixWidth;
  for (let i = 0; i < entries.length; i++) {
    width += entries[i].length + 2;
    if (width > LINE_WIDTH || hasNewline(entries[i])) return true;
  }
  return false;
}
function hasNewline(text) {
  return regexpExec(NEWLINE, text) !== null;
}
var NEWLINE = /\n/;
function indented(text) {
  if (!hasNewline(text)) return text;
  let moved = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (charCodeAt(text, i) !== 10) continue;
    moved += `${slice(text, start, i + 1)}  `;
    start = i + 1;
  }
  return moved + slice(text, start);
}
function arrayEntries(value, inspection, entries) {
  const { length } = value;
  let holes = 0;
  let i = 0;
  for (; i < length && entries.length < MAX_ITEMS && inspection.left > 0; i++) {
    const item = getOwnPropertyDescriptor(value, i);
    if (!item) {
      holes++;
      if (holes > MAX_ITEMS) break;
      continue;
    }
    if (holes > 0) entries[entries.length] = holesText(holes);
    holes = 0;
    entries[entries.length] = descriptorText(item, inspection);
  }
  if (holes > 0)
    entries[entries.length] = i < length ? `${length - i + holes - 1} more items` : holesText(holes);
  else if (i < length) entries[entries.length] = `... ${length - i} more items`;
}
function holesText(holes) {
  return holes === 1 ? "<1 empty item>" : `<${holes} empty items>`;
}
function fieldEntries(value, inspection, entries, skipIndices) {
  const names = ownKeys(value);
  let shown = 0;
  for (let i = 0; i < names.length && inspection.left > 0; i++) {
    const name = names[i];
    if (skipIndices && typeof name === "string" && regexpExec(INDEX, name) !== null) continue;
    const field = getOwnPropertyDescriptor(value, name);
    if (!field || !field.enumerable) continue;
    if (shown++ >= MAX_ITEMS) {
      entries[entries.length] = "... more fields";
      return;
    }
    entries[entries.length] = `${keyText(name, inspection)}: ${descriptorText(field, inspection)}`;
  }
}
var INDEX = /^\d{1,10}$/;
var IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
function keyText(name, inspection) {
  if (typeof name === "symbol") return spend(`[${symbolText(name)}]`, inspection);
  return spend(regexpExec(IDENTIFIER, name) === null ? quoted(name) : name, inspection);
}
function descriptorText(field, inspection) {
  if (hasOwn(field, "value")) return inspectNested(field.value, inspection);
  if (field.get && field.set) return spend("[Getter/Setter]", inspection);
  return spend(field.get ? "[Getter]" : "[Setter]", inspection);
}

// runner/src/guest/failure.ts
var MAX_NAME = 256;
var MAX_MESSAGE = 8192;
function failedOutcome(exitReason, { name, message, stack, path }) {
  return list(exitReason, void 0, void 0, name, message, stack, path);
}
function describeError(thrown) {
  return failedOutcome("Exception", failureOf(thrown));
}
function failureOf(thrown) {
  try {
    return readFailure(thrown);
  } catch {
    return record({ name: "Error", message: "The script threw" });
  }
}
function readFailure(thrown) {
  if (typeof thrown === "string") {
    return record({ name: "Error", message: slice(thrown, 0, MAX_MESSAGE) });
  }
  const isObject = typeof thrown === "object" && thrown !== null;
  const message = isObject ? readText(thrown, "message") : void 0;
  if (message === void 0 || !isObject) {
    return record({ name: "Error", message: slice(inspectValue(thrown), 0, MAX_MESSAGE) });
  }
  const stack = readText(thrown, "stack");
  return record({
    name: slice(readText(thrown, "name") || classNameOf(thrown) || "Error", 0, MAX_NAME),
    message: slice(message, 0, MAX_MESSAGE),
    stack: stack === void 0 ? void 0 : guestFrames(stack)
  });
}

// runner/src/guest/output.ts
var LEVEL = { debug: 0, log: 1, info: 2, warn: 3, error: 4 };
var MAX_LINES = 1e4;
var MAX_INDENT = 20;
function inGroups(text, depth) {
  const steps = min(depth, MAX_INDENT);
  let lines = text;
  for (let i = 0; i < steps; i++) lines = indented(lines);
  return repeat("  ", steps) + lines;
}
var ConsoleOutput = class {
  #log;
  #maxBytes = 256 * 1024;
  #bytes = 0;
  #lines = 0;
  #cut = false;
  #redirected;
  constructor(log) {
    this.#log = log;
  }
  limit(maxBytes) {
    this.#maxBytes = maxBytes;
  }
  /** Lines go elsewhere from here on, uncounted and without their indentation. */
  redirect(sink) {
    this.#redirected = sink;
  }
  /** One entry of the console, `depth` groups deep. */
  line(level, text, depth) {
    if (this.#redirected) this.#redirected(level, text, depth);
    else this.write(level, inGroups(text, depth));
  }
  write(level, message) {
    if (this.#cut) return;
    const room = this.#maxBytes - this.#bytes;
    const bytes = utf8Length(message, room);
    if (bytes > room) {
      if (room > 0) this.#send(level, prefixOf(message, room));
      this.#end(`[output cut at ${this.#maxBytes} bytes]`);
      return;
    }
    this.#bytes += bytes;
    this.#send(level, message);
    if (++this.#lines >= MAX_LINES) this.#end(`[output cut at ${MAX_LINES} lines]`);
  }
  #end(marker) {
    this.#cut = true;
    this.#send(LEVEL.warn, marker);
  }
  #send(level, message) {
    try {
      this.#log(level, message);
    } catch {
    }
  }
};
function prefixOf(text, maxBytes) {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    const isSurrogate = code >= 55296 && code <= 57343;
    bytes += code < 128 ? 1 : code < 2048 || isSurrogate ? 2 : 3;
    if (bytes > maxBytes) return slice(text, 0, i);
  }
  return text;
}

// runner/src/guest/serialize.ts
var MAX_DEPTH = 200;
var MAX_PATH = 1024;
var Serializer = class {
  #maxBytes;
  /** UTF-16 units so far: never more than the bytes, so it may stop the walk early. */
  #length = 0;
  #text = "";
  #path = list();
  #ancestors = list();
  #root = "result";
  refusal;
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }
  /** JSON text; `undefined` for `undefined`, and when {@link refusal} says why not. */
  write(value, root) {
    this.#root = root;
    this.#text = "";
    this.#path.length = 0;
    this.#ancestors.length = 0;
    const written2 = this.#value(value, "", false);
    if (!written2 || this.refusal) return void 0;
    const room = this.#maxBytes - (this.#length - this.#text.length);
    if (this.#text.length * 3 > room && utf8Length(this.#text, room) > room) this.#tooLarge();
    return this.refusal ? void 0 : this.#text;
  }
  #put(text) {
    this.#length += text.length;
    this.#text += text;
    return this.#length <= this.#maxBytes || this.#tooLarge();
  }
  #tooLarge() {
    this.refusal ??= record({
      exitReason: "Output",
      message: `The result is larger than ${this.#maxBytes} bytes`,
      path: this.#where()
    });
    return false;
  }
  #refuse(what) {
    const path = this.#where();
    const message = `${path} ${what}`;
    this.refusal ??= record({ exitReason: "ResultNotPlain", message, path });
    return false;
  }
  /** Answers whether something was written; `undefined` is not, unless `inArray`. */
  #value(value, key, inArray) {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#put(value - value === 0 ? `${value}` : "null");
      case "boolean":
        return this.#put(value ? "true" : "false");
      case "undefined":
        return inArray && this.#put("null");
      case "object":
        return value === null ? this.#put("null") : this.#object(value, key, inArray);
      default:
        return this.#refuse(describeKind(value));
    }
  }
  #string(value) {
    if (this.#length + value.length > this.#maxBytes) return this.#tooLarge();
    return this.#put(jsonStringify(value));
  }
  #object(value, key, inArray) {
    let toJSON;
    try {
      toJSON = value.toJSON;
      if (typeof toJSON === "function") {
        const plain = apply(toJSON, value, list(key));
        return typeof plain === "object" && plain !== null ? this.#container(plain) : this.#value(plain, key, inArray);
      }
    } catch (error) {
      return this.#refuse(`could not be read: ${thrownText(error)}`);
    }
    return this.#container(value);
  }
  #container(value) {
    const { length } = this.#ancestors;
    if (length >= MAX_DEPTH) return this.#refuse(`is nested deeper than ${MAX_DEPTH}`);
    for (let i = 0; i < length; i++) {
      if (this.#ancestors[i] === value) return this.#refuse("is a cycle: it refers to a parent");
    }
    this.#ancestors[length] = value;
    let written2;
    try {
      const kind = exoticKind(value);
      if (kind !== void 0) written2 = this.#refuse(kind);
      else written2 = isArray(value) ? this.#array(value) : this.#fields(value);
    } catch (error) {
      written2 = this.#refuse(`could not be read: ${thrownText(error)}`);
    }
    this.#ancestors.length = length;
    return written2;
  }
  #array(value) {
    if (!this.#put("[")) return false;
    const depth = this.#path.length;
    const { length } = value;
    for (let i = 0; i < length; i++) {
      this.#path[depth] = i;
      if (i > 0 && !this.#put(",")) return false;
      if (!this.#value(value[i], `${i}`, true)) return false;
    }
    this.#path.length = depth;
    return this.#put("]");
  }
  #fields(value) {
    const boxed = unboxed(value);
    if (boxed !== value) return this.#value(boxed, "", false);
    if (!this.#put("{")) return false;
    const depth = this.#path.length;
    const names = objectKeys(value);
    let separator = "";
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      this.#path[depth] = name;
      const field = value[name];
      if (field === void 0) continue;
      const before = this.#text;
      const beforeLength = this.#length;
      if (!this.#put(separator) || !this.#string(name) || !this.#put(":")) return false;
      if (this.#value(field, name, false)) {
        separator = ",";
      } else {
        if (this.refusal) return false;
        this.#text = before;
        this.#length = beforeLength;
      }
    }
    this.#path.length = depth;
    return this.#put("}");
  }
  /** `result.items[3].onClick` */
  #where() {
    let path = this.#root;
    for (let i = 0; i < this.#path.length && path.length < MAX_PATH; i++) {
      const step = this.#path[i];
      if (typeof step === "number") path += `[${step}]`;
      else if (regexpExec(IDENTIFIER2, step) !== null) path += `.${step}`;
      else path += `[${jsonStringify(slice(step, 0, MAX_PATH))}]`;
    }
    return slice(path, 0, MAX_PATH);
  }
};
var IDENTIFIER2 = /^[A-Za-z_$][\w$]{0,200}$/;

// runner/src/guest/tests-outcome.ts
var MAX_NAMED = 5;
var MAX_MESSAGE2 = 1024;
function resultsOutcome(results, outputBytes) {
  try {
    const text = written(results, outputBytes) ?? written(withoutDetails(results), outputBytes);
    if (text !== void 0) return list("Completed", text);
    const message = `The results of the tests are larger than ${outputBytes} bytes`;
    return failedOutcome("Output", record({ name: "OutputError", message }));
  } catch (error) {
    return describeError(error);
  }
}
function checkOutcome(results, outputBytes) {
  const outcome = resultsOutcome(results, outputBytes);
  if (outcome[0] !== "Completed" || results.success) return outcome;
  outcome[0] = "TestFailure";
  outcome[3] = "TestFailure";
  outcome[4] = failureMessage(results);
  return outcome;
}
function written(results, outputBytes) {
  return new Serializer(outputBytes).write(results, "results");
}
function withoutDetails(results) {
  const { tests } = results;
  for (let i = 0; i < tests.length; i++) {
    const { error } = tests[i];
    if (error)
      tests[i].error = record({ name: error.name, message: slice(error.message, 0, 200) });
  }
  return results;
}
function failureMessage({ failed, total, tests, errors }) {
  if (failed === 0) return slice(errors[0]?.message ?? "The tests failed", 0, MAX_MESSAGE2);
  let names = "";
  let named = 0;
  for (let i = 0; i < tests.length && named < MAX_NAMED; i++) {
    if (tests[i].status !== "fail") continue;
    names += `${named === 0 ? "" : ", "}${tests[i].fullName}`;
    named++;
  }
  const more = failed > named ? ", …" : "";
  return `${failed} of ${total} tests failed: ${slice(names, 0, MAX_MESSAGE2)}${more}`;
}

// runner/src/guest/run.ts
var RunState = class {
  #output;
  /** Of Deno's own platform there is none. */
  #features;
  #settle;
  #onFail;
  constructor(output2, features) {
    this.#output = output2;
    this.#features = features;
  }
  /** Ends the run with an exception from outside of the awaited function: a timer's callback. */
  fail(error) {
    if (this.#onFail) this.#onFail(error);
    else this.#settle?.(describeError(error));
  }
  /** Such an exception ends nothing, but is told. */
  onFail(tell) {
    this.#onFail = tell;
  }
  runText = (...given) => {
    const outputBytes = given[5];
    this.#output.limit(outputBytes);
    const { promise, resolve } = pendingPromise();
    const fail = (error) => resolve(describeError(error));
    this.#settle = resolve;
    try {
      if (given[6]) this.#features?.browser();
      const finish = this.#finisher(given[1], resolve);
      const { input, env } = argumentsOf(given[3], given[4]);
      const main = indirectEval(`(${given[0]}
)
//# sourceURL=${given[2]}`);
      const returned = apply(main, void 0, list(input, env));
      settleSafely(returned, (value) => finish(value, outputBytes), fail);
    } catch (error) {
      fail(error);
    }
    defineProperty(promise, "constructor", record({ value: void 0 }));
    return promise;
  };
  /** What takes what the code came to. */
  #finisher(form, resolve) {
    if (form !== "check") {
      const finish = form === "module" ? finishModule : finishBody;
      return (value, outputBytes) => resolve(safely(finish, value, outputBytes));
    }
    const tests = this.#features.tests();
    return (_value, outputBytes) => {
      this.onFail((error) => tests.uncaught(error));
      settleSafely(
        tests.run(void 0),
        (results) => resolve(checkOutcome(results, outputBytes)),
        (error) => resolve(describeError(error))
      );
    };
  }
};
function safely(finish, value, outputBytes) {
  try {
    return finish(value, outputBytes);
  } catch (error) {
    return describeError(error);
  }
}
function argumentsOf(inputText, envText) {
  const text = inputText ?? envText;
  const input = text === void 0 ? {} : jsonParse(text);
  const both = inputText !== void 0 && envText !== void 0;
  return record({ input, env: both ? jsonParse(envText) : input });
}
function finishBody(value, outputBytes) {
  const serializer = new Serializer(outputBytes);
  const text = serializer.write(value, "result");
  return serializer.refusal ? refused(serializer.refusal) : completed(text, void 0);
}
function finishModule(namespace, outputBytes) {
  const serializer = new Serializer(outputBytes);
  const value = hasOwn(namespace, "default") ? serializer.write(namespace.default, "result") : void 0;
  const named = record({});
  const names = objectKeys(namespace);
  let count = 0;
  for (let i = 0; i < names.length; i++) {
    if (names[i] === "default") continue;
    named[names[i]] = namespace[names[i]];
    count++;
  }
  const exports = count > 0 && !serializer.refusal ? serializer.write(named, "exports") : void 0;
  return serializer.refusal ? refused(serializer.refusal) : completed(value, exports);
}
function completed(value, exports) {
  return list(
    "Completed",
    value,
    exports,
    void 0,
    void 0,
    void 0,
    void 0
  );
}
var NAMES = record({ ResultNotPlain: "ResultNotPlainError", Output: "OutputError" });
function refused({ exitReason, message, path }) {
  return failedOutcome(exitReason, record({ name: NAMES[exitReason], message, path }));
}

// runner/src/engines/deno/inside/console.ts
var { Console } = Deno[Deno.internal];
var LEVELS = list(LEVEL.debug, LEVEL.log, LEVEL.warn, LEVEL.error, LEVEL.error);
function captureConsole(output2) {
  let isInfo = false;
  const native = new Console((text, level) => {
    output2.write(isInfo ? LEVEL.info : LEVELS[level] ?? LEVEL.log, withoutNewline(text));
  });
  const { info } = native;
  const ours = record({
    // Deno prints it at the level of `log`.
    info(...values) {
      isInfo = true;
      try {
        info(...values);
      } finally {
        isInfo = false;
      }
    },
    // Deno's would print the terminal's control sequences.
    clear() {
    }
  });
  const names = objectKeys(native);
  for (let i = 0; i < names.length; i++) {
    const value = ours[names[i]] ?? native[names[i]];
    if (typeof value !== "function") continue;
    const place2 = record({ value, writable: true, configurable: true, enumerable: true });
    defineProperty(console, names[i], place2);
  }
}
function withoutNewline(text) {
  const last = text.length - 1;
  return last >= 0 && indexOf(text, "\n", last) === last ? slice(text, 0, last) : text;
}

// runner/src/engines/deno/inside/primordials.ts
var Bytes = Uint8Array;
var typedArray = Object.getPrototypeOf(Uint8Array.prototype);
var byteLength = getterOf(typedArray, "byteLength");
var isBytes = (value) => typedArrayTag(value) === "Uint8Array";
var typedArrayTag = getterOf(typedArray, Symbol.toStringTag);
var subarray = uncurry(typedArray.subarray);
var copyBytes = uncurry(typedArray.slice);
var setBytes = uncurry(
  typedArray.set
);
var encoder = new TextEncoder();
var decoder = new TextDecoder();
var encodeText = uncurry(TextEncoder.prototype.encode);
var decodeText = uncurry(TextDecoder.prototype.decode);
var encode = (text) => encodeText(encoder, text);
var decode = (bytes) => decodeText(decoder, bytes);
var NativeRequest = Request;
var NativeResponse = Response;
var NativeHeaders = Headers;
var NativeStream = ReadableStream;
var nativeFetch = fetch;
var requestUrl = getterOf(Request.prototype, "url");
var requestMethod = getterOf(Request.prototype, "method");
var requestHeaders = getterOf(Request.prototype, "headers");
var requestRedirect = getterOf(
  Request.prototype,
  "redirect"
);
var requestBody = getterOf(
  Request.prototype,
  "body"
);
var requestSignal = getterOf(
  Request.prototype,
  "signal"
);
var signalAborted = getterOf(
  AbortSignal.prototype,
  "aborted"
);
var signalReason = getterOf(
  AbortSignal.prototype,
  "reason"
);
var forEachHeader = uncurry(Headers.prototype.forEach);
var appendHeader = uncurry(Headers.prototype.append);
var cloneResponse = uncurry(Response.prototype.clone);
var listen = uncurry(EventTarget.prototype.addEventListener);
var streamReader = uncurry(ReadableStream.prototype.getReader);
var readStream = uncurry(
  ReadableStreamDefaultReader.prototype.read
);
var controller = ReadableStreamDefaultController.prototype;
var enqueue = uncurry(controller.enqueue);
var closeStream = uncurry(controller.close);
var failStream = uncurry(controller.error);
var soon = queueMicrotask;
var { stdin, stdout } = Deno;
var readInput = stdin.read.bind(stdin);
var writeOutput = stdout.writeSync.bind(stdout);
var exit = Deno.exit;

// runner/src/engines/deno/inside/wire.ts
var HELLO = 1;
var CALL = 2;
var REPLY = 3;
var ERROR = 4;
var EVENT = 5;
var DATA = 6;
var END = 7;
var CANCEL = 8;
var CREDIT = 9;
var TO_CALLER = 128;
var HEADER_BYTES = 9;
var READ_BYTES = 64 * 1024;
var MAX_PAYLOAD_BYTES = 8 * 1024 * 1024 - 128;
var WINDOW_BYTES = 256 * 1024;
var CHUNK_BYTES = 64 * 1024;
function writeFrame(type, toCaller, callId, payload = "") {
  const bytes = typeof payload === "string" ? encode(payload) : payload;
  const frame = new Bytes(HEADER_BYTES + byteLength(bytes));
  writeU32(frame, 0, byteLength(bytes));
  frame[4] = type | (toCaller ? TO_CALLER : 0);
  writeU32(frame, 5, callId);
  setBytes(frame, bytes, HEADER_BYTES);
  let written2 = 0;
  while (written2 < byteLength(frame)) written2 += writeOutput(subarray(frame, written2));
}
function u32Payload(value) {
  const bytes = new Bytes(4);
  writeU32(bytes, 0, value);
  return bytes;
}
function readU32(bytes, at) {
  return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
}
async function readFrames(onFrame) {
  const chunk = new Bytes(READ_BYTES);
  let held = new Bytes(0);
  for (; ; ) {
    const count = await readInput(chunk);
    if (count === null) exit(0);
    held = takeFrames(join(held, subarray(chunk, 0, count)), onFrame);
  }
}
function takeFrames(bytes, onFrame) {
  let at = 0;
  while (byteLength(bytes) - at >= HEADER_BYTES) {
    const end = at + HEADER_BYTES + readU32(bytes, at);
    if (end > byteLength(bytes)) break;
    const code = bytes[at + 4];
    onFrame({
      type: code & ~TO_CALLER,
      toCaller: (code & TO_CALLER) !== 0,
      callId: readU32(bytes, at + 5),
      payload: copyBytes(bytes, at + HEADER_BYTES, end)
    });
    at = end;
  }
  return copyBytes(bytes, at);
}
function join(head, tail) {
  const bytes = new Bytes(byteLength(head) + byteLength(tail));
  setBytes(bytes, head);
  setBytes(bytes, tail, byteLength(head));
  return bytes;
}
function writeU32(bytes, at, value) {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

// runner/src/engines/deno/inside/fetch.ts
function bridgedFetch(link2, limits) {
  return async function fetch3(input, init) {
    const request = new NativeRequest(input, init);
    const url = requestUrl(request);
    if (indexOf(url, "data:") === 0 || indexOf(url, "blob:") === 0) return nativeFetch(request);
    const signal = requestSignal(request);
    if (signalAborted(signal)) throw signalReason(signal);
    const body = requestBody(request);
    const call2 = link2.call("fetch", fitting(startOf(request, url, body !== null), limits));
    const head = headOf(call2);
    listen(signal, "abort", () => link2.cancel(call2, signalReason(signal)));
    if (body) void upload(body, { call: call2, link: link2, limits });
    return responseOf(await head, call2, link2);
  };
}
function fitting(start, { maxPieceBytes: maxPieceBytes2, onTooLarge: onTooLarge2 }) {
  const json = jsonStringify(start);
  const room = min(maxPieceBytes2(), MAX_PAYLOAD_BYTES);
  if (utf8Length(json, room) <= room) return json;
  onTooLarge2();
  throw new errorConstructors.TypeError("The request is too large");
}
function startOf(request, url, hasBody) {
  const headers = list();
  forEachHeader(requestHeaders(request), (value, name) => {
    headers[headers.length] = list(name, value);
  });
  return record({
    url,
    method: requestMethod(request),
    headers,
    redirect: requestRedirect(request),
    hasBody
  });
}
function headOf(call2) {
  return new PromiseConstructor((resolve, reject) => {
    call2.onEvent = (event) => resolve(event.head);
    call2.onFailure = reject;
  });
}
async function upload(body, { call: call2, link: link2, limits }) {
  try {
    const reader = streamReader(body);
    for (; ; ) {
      const { done, value } = await readStream(reader);
      if (done) break;
      if (!isBytes(value)) throw new errorConstructors.TypeError("A body is made of bytes");
      if (byteLength(value) > limits.maxPieceBytes()) return limits.onTooLarge();
      await call2.outflow.write(value);
    }
    call2.outflow.end();
  } catch (error) {
    link2.cancel(call2, error);
  }
}
var isBodiless = (status) => status === 204 || status === 205 || status === 304;
function responseOf(head, call2, link2) {
  const headers = new NativeHeaders();
  for (let i = 0; i < head.headers.length; i++) {
    const pair2 = head.headers[i];
    appendHeader(headers, pair2[0], pair2[1]);
  }
  const init = record({ status: head.status, statusText: head.statusText, headers });
  const body = isBodiless(head.status) ? null : bodyOf(call2, link2);
  return located(new NativeResponse(body, init), head);
}
function located(response, head) {
  defineProperty(response, "url", record({ value: head.url }));
  defineProperty(response, "redirected", record({ value: head.redirected }));
  const clone = () => located(cloneResponse(response), head);
  defineProperty(response, "clone", record({ value: clone }));
  return response;
}
function bodyOf(call2, link2) {
  return new NativeStream({
    async pull(controller2) {
      try {
        const chunk = await call2.inflow.next();
        if (chunk) enqueue(controller2, chunk);
        else closeStream(controller2);
      } catch (error) {
        failStream(controller2, error);
      }
    },
    cancel: (reason) => link2.cancel(call2, reason)
  });
}

// runner/src/engines/deno/inside/stream.ts
var CREDIT_STEP_BYTES = WINDOW_BYTES / 4;
var Outflow = class {
  #send;
  #credit = WINDOW_BYTES;
  #failure;
  #wake;
  constructor(send) {
    this.#send = send;
  }
  async write(bytes) {
    let at = 0;
    while (at < byteLength(bytes)) {
      if (this.#failure !== void 0) throw this.#failure;
      if (this.#credit === 0) {
        await new PromiseConstructor((resolve) => this.#wake = resolve);
        continue;
      }
      const size = min(byteLength(bytes) - at, this.#credit, CHUNK_BYTES);
      this.#credit -= size;
      this.#send(DATA, subarray(bytes, at, at + size));
      at += size;
    }
  }
  end() {
    this.#send(END);
  }
  grant(bytes) {
    this.#credit += bytes;
    this.#wake?.();
  }
  fail(error) {
    this.#failure ??= error;
    this.#wake?.();
  }
};
var Inflow = class {
  #send;
  #chunks = list();
  #next = 0;
  #unacknowledged = 0;
  #ended = false;
  #failure;
  #wake;
  constructor(send) {
    this.#send = send;
  }
  push(chunk) {
    this.#chunks[this.#chunks.length] = chunk;
    this.#wake?.();
  }
  end() {
    this.#ended = true;
    this.#wake?.();
  }
  fail(error) {
    this.#failure ??= { error };
    this.#wake?.();
  }
  async next() {
    for (; ; ) {
      if (this.#failure) throw this.#failure.error;
      const chunk = this.#take();
      if (chunk) {
        this.#consumed(byteLength(chunk));
        return chunk;
      }
      if (this.#ended) return void 0;
      await new PromiseConstructor((resolve) => this.#wake = resolve);
    }
  }
  #take() {
    const chunk = this.#chunks[this.#next];
    if (chunk) {
      this.#chunks[this.#next++] = void 0;
      return chunk;
    }
    this.#chunks.length = 0;
    this.#next = 0;
    return void 0;
  }
  #consumed(bytes) {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < CREDIT_STEP_BYTES || this.#ended) return;
    this.#send(CREDIT, u32Payload(this.#unacknowledged));
    this.#unacknowledged = 0;
  }
};

// runner/src/engines/deno/inside/link.ts
var WIRE_VERSION = 1;
var CALL_DEADLINE_MS = 6e5;
var CALL_HEADER_BYTES = 5;
var Call = class {
  id;
  send;
  outflow;
  inflow;
  onEvent;
  onFailure;
  constructor(id, send) {
    this.id = id;
    this.send = send;
    this.outflow = new Outflow(send);
    this.inflow = new Inflow(send);
  }
  fail(error) {
    this.onFailure?.(error);
    this.inflow.fail(error);
    this.outflow.fail(error);
  }
};
var Link = class {
  #mine = record({});
  #onRun;
  #run;
  #nextId = 1;
  constructor(onRun) {
    this.#onRun = onRun;
  }
  open(about) {
    writeFrame(
      HELLO,
      false,
      0,
      jsonStringify({ version: WIRE_VERSION, oldest: WIRE_VERSION, about })
    );
    void readFrames((frame) => this.#dispatch(frame));
  }
  /** Calls a method of the runner with JSON text that fits into a frame. */
  call(method, json) {
    const id = this.#nextId++;
    const call2 = new Call(id, (type, bytes) => {
      if (this.#mine[id] === call2) writeFrame(type, false, id, bytes);
    });
    this.#mine[id] = call2;
    writeFrame(CALL, false, id, callPayload(method, json));
    return call2;
  }
  /** Gives a call up; the runner is told. */
  cancel(call2, error) {
    call2.send(CANCEL);
    delete this.#mine[call2.id];
    call2.fail(error);
  }
  #dispatch(frame) {
    if (frame.type === CALL) return this.#accept(frame);
    const call2 = frame.toCaller ? this.#mine[frame.callId] : this.#run;
    if (!call2) return;
    if (frame.type === REPLY) {
      delete this.#mine[frame.callId];
      call2.inflow.end();
    } else if (frame.type === ERROR) {
      delete this.#mine[frame.callId];
      call2.fail(failure(jsonParse(decode(frame.payload))));
    } else {
      streamFrame(call2, frame);
    }
  }
  #accept({ callId, payload }) {
    const call2 = new Call(callId, (type, bytes) => writeFrame(type, true, callId, bytes));
    this.#run = call2;
    const jsonAt = CALL_HEADER_BYTES + payload[4];
    this.#onRun(call2, jsonParse(decode(subarray(payload, jsonAt))));
  }
};
function streamFrame(call2, { type, payload }) {
  if (type === DATA) call2.inflow.push(payload);
  else if (type === END) call2.inflow.end();
  else if (type === CREDIT) call2.outflow.grant(readU32(payload, 0));
  else if (type === EVENT) call2.onEvent?.(jsonParse(decode(payload)));
}
function failure({ code, message }) {
  return new errorConstructors.TypeError(`fetch failed: ${code}: ${message}`);
}
function callPayload(method, json) {
  const name = encode(method);
  const text = encode(json);
  const bytes = new Bytes(CALL_HEADER_BYTES + byteLength(name) + byteLength(text));
  setBytes(bytes, u32Payload(CALL_DEADLINE_MS));
  bytes[4] = byteLength(name);
  setBytes(bytes, name, CALL_HEADER_BYTES);
  setBytes(bytes, text, CALL_HEADER_BYTES + byteLength(name));
  return bytes;
}

// runner/src/engines/deno/inside/stdio.ts
function shieldStandardStreams(output2) {
  const { stdin: stdin2, stdout: stdout2, stderr } = Deno;
  replace(stdin2, { read: () => resolvedPromise(null), readSync: () => null, close() {
  } });
  define(stdin2, "readable", new ReadableStream({ start: (controller2) => controller2.close() }));
  shieldOutput(stdout2, (text) => output2.write(LEVEL.log, text));
  shieldOutput(stderr, (text) => output2.write(LEVEL.error, text));
}
function shieldOutput(stream, print) {
  const writeSync = (bytes) => {
    print(withoutNewline(decode(copyBytes(bytes))));
    return byteLength(bytes);
  };
  const write = (bytes) => resolvedPromise(writeSync(bytes));
  replace(stream, { write, writeSync, close() {
  } });
  define(stream, "writable", new WritableStream({ write: (chunk) => void writeSync(chunk) }));
}
function replace(target, methods) {
  for (const name in methods) define(target, name, methods[name]);
}
function define(target, name, value) {
  defineProperty(target, name, record({ value, writable: true, configurable: true }));
}

// runner/src/engines/deno/inside/main.ts
var run;
var maxPieceBytes = 0;
var output = new ConsoleOutput((level, message) => run?.send(EVENT, lineText(level, message)));
var state = new RunState(output);
var link = new Link((call2, sent) => {
  const header = sent;
  run = call2;
  maxPieceBytes = header.maxPieceBytes;
  void begin(call2, header);
});
captureConsole(output);
shieldStandardStreams(output);
var fetch2 = bridgedFetch(link, { maxPieceBytes: () => maxPieceBytes, onTooLarge });
var place = { value: fetch2, writable: true, configurable: true, enumerable: true };
defineProperty(globalThis, "fetch", record(place));
endOnUncaught("unhandledrejection", (event) => event.reason);
endOnUncaught("error", (event) => event.error);
link.open(record({ deno: Deno.version.deno, v8: Deno.version.v8 }));
function lineText(level, message) {
  const text = jsonStringify(record({ level, message }));
  if (utf8Length(text, MAX_PAYLOAD_BYTES) <= MAX_PAYLOAD_BYTES) return text;
  return jsonStringify(record({ level, message: slice(message, 0, MAX_PAYLOAD_BYTES / 8) }));
}
async function begin(call2, header) {
  const { codeBytes, inputBytes, envBytes, form, fileName, outputBytes } = header;
  const inputEnd = codeBytes + (inputBytes ?? 0);
  const texts = await receive(call2, inputEnd + (envBytes ?? 0));
  const code = decode(subarray(texts, 0, codeBytes));
  const input = inputBytes === void 0 ? void 0 : decode(subarray(texts, codeBytes, inputEnd));
  const env = envBytes === void 0 ? void 0 : decode(subarray(texts, inputEnd));
  const outcome = state.runText(code, form, fileName, input, env, outputBytes);
  promiseThen(outcome, (ended) => answer(ended));
}
async function receive(call2, size) {
  const bytes = new Bytes(size);
  let at = 0;
  while (at < size) {
    const chunk = await call2.inflow.next();
    if (!chunk) break;
    setBytes(bytes, chunk, at);
    at += byteLength(chunk);
  }
  return bytes;
}
async function answer(outcome, claimed = outcome[0]) {
  const call2 = run;
  if (!call2) return;
  run = void 0;
  const { 1: value, 2: exports, 3: name, 4: message, 5: stack, 6: path } = outcome;
  const valueBytes = value === void 0 ? void 0 : encode(value);
  const exportsBytes = exports === void 0 ? void 0 : encode(exports);
  if (valueBytes) await call2.outflow.write(valueBytes);
  if (exportsBytes) await call2.outflow.write(exportsBytes);
  const reply = record({
    exitReason: claimed,
    valueBytes: valueBytes && byteLength(valueBytes),
    exportsBytes: exportsBytes && byteLength(exportsBytes),
    error: name === void 0 ? void 0 : record({ name, message, stack, path })
  });
  call2.send(REPLY, jsonStringify(reply));
}
function onTooLarge() {
  const message = `One call to the host carried more than ${maxPieceBytes} bytes`;
  void answer(failedOutcome("Exception", record({ name: "LimitError", message })), "BridgePayload");
}
function endOnUncaught(type, reasonOf) {
  listen(globalThis, type, (event) => {
    let handled = false;
    event.preventDefault();
    const preventDefault = () => void (handled = true);
    defineProperty(event, "preventDefault", record({ value: preventDefault }));
    soon(() => {
      if (!handled) state.fail(reasonOf(event));
    });
  });
}
