import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder, type EmbedderOptions } from './runtime-embedder.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

const open = async (options: EmbedderOptions = {}) =>
  (await embedder({ keeper, ...options })).open();

/** Notes every object that reaches code which a guest has put in the place of the language's own. */
const TAMPER = `
const { apply: realApply, ownKeys } = Reflect;
const { defineProperty, hasOwn, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const caught = new Set();
const { add } = Set.prototype;
const note = (value) => { if (Object(value) === value) realApply(add, caught, [value]) };
const noteAll = (values) => { for (let i = 0; i < values.length; i++) note(values[i]) };
const { toString } = Function.prototype;
const textOf = (value) => realApply(toString, value, []);
globalThis.look = { caught, ownKeys, getOwnPropertyDescriptor, getPrototypeOf, textOf };
const replace = (holder, name) => {
  const own = holder[name];
  defineProperty(holder, name, { __proto__: null, configurable: true, writable: true,
    value: function () { note(this); noteAll(arguments); return realApply(own, this, arguments) } });
};
replace(Promise.prototype, 'then');
defineProperty(Promise, Symbol.species, { __proto__: null, configurable: true, get() { note(this); return this } });
for (const [holder, names] of [
  [Array.prototype, ['push', 'map', 'sort', 'slice', 'forEach', 'join', 'concat', 'splice', Symbol.iterator]],
  [Map.prototype, ['get', 'set', 'has']], [Function.prototype, ['call', 'apply', 'bind']],
  [JSON, ['parse', 'stringify']], [String.prototype, ['slice', 'indexOf', 'charCodeAt']],
  [Object, ['defineProperty', 'freeze', 'keys', 'create', 'getOwnPropertyDescriptor', 'setPrototypeOf']],
  [Reflect, ['apply', 'construct', 'ownKeys']], [Promise, ['resolve', 'all', 'withResolvers']],
]) for (const name of names) replace(holder, name);
for (const name of ['value', 'writable', 'enumerable', 'configurable', 'reference', 'copy', 'promise', 'timeout', 'externalCopy',
  'arguments', 'result', '0', '1', '2', '3', '7', 'url', 'kind', 'stage', 'deps', 'toJSON', 'begin', 'order', 'get', 'set']) {
  for (const holder of [Array.prototype, Object.prototype]) defineProperty(holder, name, {
    __proto__: null, configurable: true,
    get() { note(this); return undefined },
    set(value) {
      note(this); note(value);
      defineProperty(this, name, { __proto__: null, value, writable: true, configurable: true, enumerable: true });
    },
  });
}`;

/** The host's handles are of classes that a realm does not have; its functions have these names. */
const CHECK = `
const { caught, ownKeys, getOwnPropertyDescriptor, getPrototypeOf, textOf } = look;
const seen = new Set();
const suspects = [];
const handles = { __proto__: null, Reference: 1, Callback: 1, ExternalCopy: 1, Context: 1, Isolate: 1, Module: 1, Script: 1 };
const ours = { __proto__: null, importLater: 1, evaluate: 1, hostCall: 1, hostCallSync: 1, post: 1, done: 1, onAnswer: 1, settle: 1,
  settled: 1, end: 1, drain: 1, deliver: 1, sent: 1, onLost: 1 };
const isOurs = (value) => {
  const at = typeof value === 'function' ? getOwnPropertyDescriptor(value, 'name') : undefined;
  if (!at) return false;
  const text = textOf(value);
  return at.value in handles || (at.value in ours && !text.includes('[native code]'));
};
const search = (value, depth) => {
  if (Object(value) !== value || seen.has(value) || depth > 6) return;
  seen.add(value);
  if (isOurs(value)) suspects[suspects.length] = value.name;
  let keys;
  try { keys = ownKeys(value) } catch { return }
  for (let i = 0; i < keys.length; i++) {
    const inner = getOwnPropertyDescriptor(value, keys[i]);
    if (inner) { search(inner.value, depth + 1); search(inner.get, depth + 1) }
  }
  search(getPrototypeOf(value), depth + 1);
};
const all = [...caught];
for (let i = 0; i < all.length; i++) search(all[i], 0);
export default suspects.join();
`;

describe('a hostile guest', () => {
  it('catches nothing of the loader, the port or the host by changing the language', async () => {
    const files = {
      '/app/a.js': 'import { b } from "./b.js"; export const a = b + 1; export * from "./b.js"',
      '/app/b.js': 'export let b = await Promise.resolve(1); export default function () {}',
    };
    const runtime = await open({ files });
    await runtime.eval("import './b.js'");
    await runtime.value(TAMPER);
    await runtime.eval("import { a, b } from './a.js'; export default [a, b]");
    await runtime.eval("export default (await import('./a.js')).a");
    await runtime.eval("console.log('x', { a: 1 }); throw new Error('thrown')");
    await runtime.eval(
      "await fetch('https://example.test/').catch(() => {}); setTimeout(() => {}, 1)",
    );
    const outcome = await runtime.eval(CHECK);
    expect(outcome).toMatchObject({ exitReason: 'Completed', value: '""' });
    const count = await runtime.eval('export default String(look.caught.size)');
    expect(Number(JSON.parse(count.value!))).toBeGreaterThan(3);
  });

  it('still has working modules when promises answer what it likes', async () => {
    const runtime = await open({ files: { '/app/a.js': 'export const a = await 5' } });
    await runtime.value('Promise.prototype.then = () => { throw new Error("no") }');
    expect(await runtime.value("import { a } from './a.js'; export default a")).toBe(5);
    expect(await runtime.value('export default await 7')).toBe(7);
  });

  it.each([
    ['closes the function', '} globalThis.out = 1; {'],
    ['closes the function and the parenthesis', '}); globalThis.out = 1; (function* () {'],
    ['ends in a comment', 'globalThis.in = 1; /*'],
    ['hides the end behind a comment of HTML', '<!-- \n globalThis.x = 1'],
    ['hides the end behind the other comment of HTML', '/*\n*/ --> }) (globalThis.out = 1'],
    ['begins a regular expression', '} / "/; globalThis.out = 1; {"'],
    ['writes names in escapes', 'let \\u005f_vite_ssr_exports__ = 1; } globalThis.out = 1; {'],
    ['begins a template', '`${'],
    [
      'changes the name of its source',
      'globalThis.in = 1 //# sourceURL=x\n} globalThis.out = 1; {',
    ],
  ])('does not leave the function around its module: %s', async (_name, code) => {
    const runtime = await open();
    const outcome = await runtime.eval(code);
    expect(outcome).toMatchObject({ exitReason: 'CompileError', ended: false });
    expect(await runtime.value('export default [typeof out, typeof globalThis.in]')).toEqual([
      'undefined',
      'undefined',
    ]);
  });

  it('may name the parts of the loader by escapes, and has only its own module of it', async () => {
    const runtime = await open();
    const code = `export let a = 1; let seen = [];
      try { seen.push(typeof \\u005f_vite_ssr_define__) } catch (error) { seen.push(error.name) }
      try { \\u005f_vite_ssr_define__('a', { get: () => 2 }) } catch (error) { seen.push(error.name) }
      try { \\u005f_vite_ssr_import__('nothing') } catch (error) { seen.push(error.name) }
      export default seen;`;
    const outcome = await runtime.eval(code);
    expect(outcome.exitReason).toBe('Completed');
    expect(await runtime.value('export default 1')).toBe(1);
  });

  it('floods its port without filling anybody', async () => {
    const runtime = await open();
    const line = '"x".repeat(1000)';
    const outcome = await runtime.eval(
      `const line = ${line}; for (let i = 0; i < 200_000; i++) console.log(line); export default 1`,
    );
    expect(outcome).toMatchObject({ exitReason: 'Completed' });
    expect(runtime.messages.length).toBeLessThan(20_000);
    expect(await runtime.value('export default 2')).toBe(2);
  });

  it('is ended when its embedder sends what is no frame', async () => {
    const runtime = await open();
    await runtime.port.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
    expect(await runtime.end).toMatchObject({
      exitReason: 'Cancelled',
      message: expect.stringContaining('too large') as string,
    });
  });

  it('gets frames that come in pieces, and outlives those that are no messages', async () => {
    const runtime = await open();
    const frame = (text: string) => {
      const bytes = Buffer.from(text);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(bytes.byteLength);
      return Buffer.concat([head, bytes]);
    };
    const all = Buffer.concat([frame('no JSON'), frame('{}'), frame('[["call",1,{"f":99},[]]]')]);
    for (const byte of all) await runtime.port.write(Buffer.from([byte]));
    const answer = await runtime.message((message) => message[0] === 'err');
    expect(answer[1]).toBe(1);
    expect(await runtime.value('export default 1')).toBe(1);
  });

  it('imports without end, and only itself waits', async () => {
    const host = await embedder({ keeper, resolve: () => new Promise(() => {}) });
    const [flooding, other] = [await host.open(), await host.open()];
    await flooding.value(
      `for (let i = 0; i < 5_000; i++) import('./m' + i).catch(() => {}); export default 1`,
    );
    expect(await other.value('export default 1')).toBe(1);
    expect(host.queries.length).toBeLessThan(2);
  });

  it('throws what cannot be read', async () => {
    const runtime = await open();
    for (const thrown of [
      'new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })',
      '{ get message() { while (true) throw this } }',
      'Object.create(null)',
      'Symbol("x")',
    ]) {
      expect(await runtime.eval(`throw ${thrown}`)).toMatchObject({
        exitReason: 'Exception',
        ended: false,
      });
    }
  });

  it('is told nothing of the machine in its stacks', async () => {
    const runtime = await open({ files: { '/app/a.js': 'throw new Error("a")' } });
    const code = `Error.stackTraceLimit = 100; Error.prepareStackTrace = undefined;
      const late = await import('./a.js').catch((error) => error.stack);
      const all = await new Promise((resolve) => setTimeout(() => resolve(new Error('timer').stack), 1));
      export default late + all`;
    const text = (await runtime.value(code)) as string;
    expect(text).not.toContain('node_modules');
    expect(text).not.toContain(import.meta.dirname);
    const { error } = await runtime.eval("import './a.js'");
    expect(error?.stack).toBe('Error: a\n    at /app/a.js:1:7');
  });

  it('reads no function of the loader from a call site', async () => {
    const runtime = await open({ files: { '/app/a.js': 'export default new Error("a").stack' } });
    const code = `Error.prepareStackTrace = (error, sites) => sites.map((site) => [typeof site.getFunction(), typeof site.getThis()]);
      const { default: sites } = await import('./a.js');
      export default sites`;
    const sites = (await runtime.value(code)) as [string, string][];
    expect(sites.length).toBeGreaterThan(0);
    for (const site of sites) expect(site).toEqual(['undefined', 'undefined']);
  });
});
