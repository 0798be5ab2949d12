/** What every canary begins with. */
export const PREFIX = 'residue-canary-';

/** What one source is told to do: the same digest for everybody, as a compile cache has it. */
export interface Task {
  leave: boolean;
  canary?: string;
  /** A page that notes who asks. */
  page: string;
  /** Objects to look at. */
  depth: number;
  /** Comes back, so that answers cannot be mixed up. */
  round: number;
  /** The guest goes on afterwards: what it left says no more after a second, or many would have no time for more. */
  lasts?: boolean;
}

export interface Found {
  /** Where a canary was, or what is not as it is at first. */
  found: string[];
  walked: number;
  random: number;
  uuid: string;
  round: number;
  pid?: number;
}

/** Leaves the canary wherever a guest can write. */
const LEAVES = `
const { canary, page } = input;
const quiet = (act) => { try { return act(); } catch {} };
const bytes = new TextEncoder().encode(canary.repeat(40));
const kept = (globalThis.kept = [canary]);
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = quiet(() => globalThis[name]);
  if (Object(value) !== value) continue;
  quiet(() => { value[canary] = canary; });
  quiet(() => { value.prototype[canary] = canary; });
  quiet(() => { value[Symbol.for(canary)] = canary; });
}
for (const object of [Object, Array, Function, Promise, Map, RegExp, Error, String]) quiet(() => { Object.defineProperty(object.prototype, 'residue', { value: canary }); });
globalThis[canary] = canary;
quiet(() => { prelude.list.push(canary); prelude.map.set(canary, canary); prelude.keep(canary); });
quiet(() => { globalThis.name = canary; });
for (const text of ['localStorage', 'sessionStorage']) quiet(() => globalThis[text].setItem(canary, canary));
try { await (await caches.open(canary)).put('http://a.test/' + canary, new Response(canary)); } catch {}
quiet(() => performance.mark(canary));
quiet(() => { performance.residue = canary; });
quiet(() => { for (let i = 0; i < 16; i++) kept.push(Buffer.allocUnsafe(4096).fill(canary)); });
for (let i = 0; i < 16; i++) { const buffer = new Uint8Array(4096); buffer.set(bytes); kept.push(buffer); }
quiet(() => kept.push(new WebAssembly.Memory({ initial: 1 })) && new Uint8Array(kept.at(-1).buffer).set(bytes));
quiet(() => kept.push(URL.createObjectURL(new Blob([canary]))));
quiet(() => Deno.env.set('CANARY', canary));
quiet(() => { process.env.CANARY = canary; process.title = canary; });
quiet(() => { env.CANARY = canary; });
quiet(() => kept.push(new Worker('data:text/javascript,setInterval(() => postMessage("' + canary + '"), 1)', { type: 'module' })));
quiet(() => { const channel = new BroadcastChannel('residue'); channel.postMessage(canary); kept.push(channel); });
for (let i = 0; i < 3; i++) { console.count('residue'); quiet(() => console.time('residue')); quiet(() => console.group('residue')); }
console.log(canary);
try {
  const headers = { 'x-canary': canary, cookie: 'canary=' + canary, authorization: 'Bearer ' + canary, 'if-none-match': canary };
  await (await fetch(page, { headers })).text();
} catch (error) { console.error(String(error)); }
quiet(() => { const said = setInterval(() => console.error(canary), 1); if (input.lasts) setTimeout(() => clearInterval(said), 1_000); });
quiet(() => setTimeout(() => console.error(canary), 20));
quiet(() => { const registry = new FinalizationRegistry(() => console.error(canary)); globalThis.registry = registry; for (let i = 0; i < 100; i++) registry.register({}, canary); });
Error.stackTraceLimit = 77;
Error.prepareStackTrace = () => canary;
console.log = console.error = console.warn = () => canary;
Math.random = () => 0.5;
Date.now = () => 0;
/(residue-canary-\\w+)/.exec(canary);
Promise.resolve().then(function again() { if (kept.length < 2000) { kept.push(canary); return Promise.resolve().then(again); } });
return { left: input.round };`;

/** Looks everywhere for one, and at all that a first run finds as new. */
const LOOKS = `
const prefix = ['residue', 'canary', ''].join('-');
const found = [];
const note = (where, text) => { if (typeof text === 'string' && text.includes(prefix)) found.push(where); };
const random = Math.random();
const seen = new Set();
const queue = [[globalThis, 'global']];
const visit = (value, path) => {
  if (typeof value === 'string') note(path, value);
  else if (typeof value === 'symbol') note(path, value.description);
  else if (Object(value) === value && !seen.has(value)) { seen.add(value); queue.push([value, path]); }
};
// In the order of their distance: where a guest can write is near.
for (let next = 0; next < queue.length && seen.size < input.depth; next++) {
  const [object, path] = queue[next];
  visit(Object.getPrototypeOf(object), path + '.__proto__');
  for (const key of Reflect.ownKeys(object)) {
    visit(key, path + '[key]');
    let held;
    try { held = Object.getOwnPropertyDescriptor(object, key); } catch { continue; }
    for (const part of ['value', 'get', 'set']) visit(held?.[part], path + '.' + String(key));
  }
}
for (const name of ['$1', '$_', '$&', 'lastParen', 'input']) note('RegExp.' + name, RegExp[name]);
if (Error.stackTraceLimit === 77) found.push('stackTraceLimit');
if ('prepareStackTrace' in Error && Error.prepareStackTrace !== undefined) note('prepareStackTrace', String(new Error('x').stack));
note('stack', String(new Error('x').stack));
for (const name of ['kept', 'residue', 'registry']) if (name in globalThis) found.push('global ' + name);
for (const text of ['localStorage', 'sessionStorage']) { try { if (globalThis[text]?.length) found.push(text); } catch {} }
try { for (const key of await globalThis.caches?.keys() ?? []) found.push('caches ' + key); } catch {}
try { for (const entry of performance.getEntries?.() ?? []) note('performance', entry.name); } catch {}
try { note('process', process.title + JSON.stringify(process.env)); } catch {}
try { note('environment', JSON.stringify(Deno.env.toObject())); } catch {}
try { note('env', JSON.stringify(env)); } catch {}
try { note('prelude', JSON.stringify([prelude, [...prelude.map], prelude.kept()])); } catch {}
const scan = (where, bytes) => note(where, new TextDecoder('latin1').decode(bytes));
for (const size of [16, 4096, 65536]) {
  try { scan('allocUnsafe', Buffer.allocUnsafe(size)); scan('allocUnsafeSlow', Buffer.allocUnsafeSlow(size)); } catch {}
  scan('array', new Uint8Array(size));
  try { scan('resized', new Uint8Array(new ArrayBuffer(size, { maxByteLength: size * 2 }).transfer(size * 2))); } catch {}
}
try { scan('wasm', new Uint8Array(new WebAssembly.Memory({ initial: 4 }).buffer)); } catch {}
try { const channel = new BroadcastChannel('residue'); channel.onmessage = ({ data }) => note('channel', data); } catch {}
try { const text = await (await fetch(input.page)).text(); note('page', text); if (text !== 'nothing') found.push('page: ' + text); } catch (error) { found.push('fetch: ' + error); }
try { await new Promise((done) => setTimeout(done, 3)); } catch {}
console.log('looking');
console.count('residue');
return { found, walked: seen.size, random, uuid: globalThis.crypto?.randomUUID?.() ?? '', round: input.round, pid: globalThis.Deno?.pid };`;

const BOTH = `if (input.leave) { ${LEAVES} } else { ${LOOKS} }`;

/** Leaves and looks in one run, which finds a canary wherever the search is worth something. */
export const SELF = `await (async () => { ${LEAVES} })(); ${LOOKS}`;

/** Both in one source, in each form. */
export const SOURCES = {
  body: BOTH,
  module: `export default await (async () => { ${BOTH} })();`,
};

/** What a prefix leaves for its runs: none of them may find it changed. */
export const PRELUDE = `
let kept = '';
globalThis.prelude = { list: [], map: new Map(), keep: (text) => { kept = text; }, kept: () => kept };`;

/** A server whose requests leave and look; a GET says which version of it answers. */
export const SERVER = `serve({
  async fetch(request) {
    if (request.method === 'GET') return new Response(env.GENERATION);
    const input = await request.json();
    return Response.json(await (async () => { ${BOTH} })());
  },
});`;

/** A memory and a global that a call may write and a call may read. */
export const KEEPS = `(module
  (memory (export "memory") 1)
  (global $kept (mut i32) (i32.const 0))
  (func (export "put") (param i32) (result i32)
    (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 65532) (local.get 0))
    (global.set $kept (local.get 0)) (i32.const 1))
  (func (export "get") (result i32)
    (i32.or (global.get $kept) (i32.or (i32.load (i32.const 0)) (i32.load (i32.const 65532))))))`;
