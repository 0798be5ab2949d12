import { describe, expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/** Node's own classes are the measure where they do as the standard says. */
async function outside(code: string): Promise<unknown> {
  return JSON.parse(JSON.stringify(await new AsyncFunction(code)())) as unknown;
}

describe('Blob and File as in Node', () => {
  it.each([
    `const b = new Blob(['aé', new Uint8Array([1, 2, 3]).subarray(1), new Blob(['z']), new ArrayBuffer(1), 7, null], { type: 'TEXT/Plain' }); return [b.size, b.type, await b.text(), [...new Uint8Array(await b.arrayBuffer())], [...await b.bytes()]]`,
    `const b = new Blob(['0123456789'], { type: 'a/b' }); const out = []; for (const a of [[], [2], [2, 5], [-3], [-30, 4], [5, 2], [0, -8], [NaN], ['1', '3'], [1, undefined]]) out.push(await b.slice(...a).text()); return [out, b.slice(0, 1).type, b.slice(0, 1, 'X/Y').type, b.slice(0, 1, 'é').type, b.slice(3, 7).slice(1, 3).size]`,
    `return [new Blob(['a\\r\\nb\\nc'], { endings: 'transparent' }).size, new Blob(new Set(['x', 'y'])).size, new Blob(new Uint8Array([1, 22])).size, new Blob([]).type]`,
    `return ['', 0, null, {}, () => {}, 'abc'].map((v) => { try { new Blob(v); return 1 } catch (e) { return e.name } })`,
    `return [{ endings: 'x' }].map((v) => { try { new Blob([], v); return 1 } catch (e) { return e.name } })`,
    `const f = new File(['ab'], 'n/a\\ud800', { type: 'T/x', lastModified: 12 }); return [f.name, f.size, f.type, f.lastModified, f instanceof Blob, f.slice(1) instanceof File, await f.text(), String(f)]`,
    `return [[], ['a', 'b'], [['a']], [[], 'b']].map((a) => { try { new File(...a); return 1 } catch (e) { return e.name } })`,
    `const out = []; for await (const c of new Blob(['x'.repeat(10), 'y']).stream()) out.push(...c); return out`,
    `return [await new Blob([new Uint8Array([0xef, 0xbb, 0xbf, 65])]).text(), await new Blob([new Uint8Array([255])]).text()]`,
    `const b = structuredClone({ b: new Blob(['q'], { type: 'a/b' }) }).b; return [b instanceof Blob, b.type, await b.text()]`,
  ])('%s', async (code) => {
    expect(await valueOf(code)).toEqual(await outside(code));
  });
});

describe('Blob', () => {
  it('makes native line endings line feeds, of texts only', async () => {
    const code = `return new Blob(['a\\r\\nb\\rc\\nd\\n\\r', new Uint8Array([13, 10])], { endings: 'native' }).text()`;
    expect(await valueOf(code)).toBe('a\nb\nc\nd\n\n\r\n');
  });

  it('reads its arguments in the order of the standard', async () => {
    const code = `const seen = []; const o = new Proxy({}, { get: (t, k) => void seen.push(String(k)) });
      new File([{ toString: () => (seen.push('part'), '') }], { toString: () => (seen.push('name'), '') }, o); return seen`;
    expect(await valueOf(code)).toEqual(['part', 'name', 'endings', 'type', 'lastModified']);
  });

  it('gives nothing of a type that is not printable ASCII, nor of a detached buffer', async () => {
    const code = `const a = new ArrayBuffer(9); a.transfer();
      return [new Blob([], { type: 'a\\t' }).type, new Blob([], { type: 'é' }).type, new Blob([a, new Uint8Array(2)]).size,
        new File([], 'a', { lastModified: NaN }).lastModified, new File([], 'a', { lastModified: -1.5 }).lastModified]`;
    expect(await valueOf(code)).toEqual(['', '', 2, 0, -1]);
  });

  it('keeps its bytes, whatever is done to what it gives out', async () => {
    const code = `const b = new Blob(['abc']);
      new Uint8Array(await b.arrayBuffer()).fill(0); (await b.bytes()).fill(0);
      for await (const c of b.stream()) c.fill(0);
      (await new Response(b).bytes()).fill(0); for await (const c of new Response(b).body) c.fill(0);
      const r = new FileReader(); r.readAsArrayBuffer(b); await new Promise((f) => { r.onload = f });
      new Uint8Array(r.result).fill(0); return b.slice().text()`;
    expect(await valueOf(code)).toBe('abc');
  });

  it('rejects, and does not throw, for what is no blob', async () => {
    const code = `const out = []; for (const k of ['text', 'arrayBuffer', 'bytes'])
      out.push(await Blob.prototype[k].call({}).catch((e) => e.name)); return out`;
    expect(await valueOf(code)).toEqual(['TypeError', 'TypeError', 'TypeError']);
  });

  it('refuses what has no room in memory, and the run goes on', async () => {
    const code = `const part = new Uint8Array(2 ** 24); const b = new Blob([part]);
      try { return new Blob(Array(4000).fill(b)).size } catch (e) { return e.name }`;
    expect(await valueOf(code)).toBe('RangeError');
  });
});

describe('a guest that changed the intrinsics', () => {
  it('still has its files', async () => {
    const attack = `const boom = () => { throw new Error('tampered') };
      const all = [Array.prototype, Object.getPrototypeOf(Uint8Array.prototype), String.prototype, RegExp.prototype, Map.prototype];
      const { getOwnPropertyNames, defineProperty } = Object; const iterate = Array.prototype[Symbol.iterator];`;
    const code = `${attack}
      const wanted = ['a', new Uint8Array([66])]; const names = all.map((p) => getOwnPropertyNames(p));
      for (let i = 0; i < all.length; i++) for (let j = 0; j < names[i].length; j++) {
        if (names[i][j] !== 'length' && names[i][j] !== 'constructor') try { defineProperty(all[i], names[i][j], { value: boom }) } catch {}
      }
      defineProperty(Object.prototype, '0', { set: boom, configurable: true });
      const f = new FormData(); f.append('x"\\n', new Blob(wanted, { type: 'a/b', endings: 'native' }), 'n');
      f.set('y', 'é'); const q = new Response(f); const g = await q.formData();
      const r = new FileReader(); const e = new Promise((done) => { r.onload = () => done(r.result) }); r.readAsDataURL(g.get('x"\\r\\n'));
      const c = new MessageChannel(); const m = new Promise((done) => { c.port1.onmessage = (e) => done(e.data) });
      c.port2.postMessage({ b: new Blob(['z']) }, { transfer: undefined });
      const got = { a: await e, b: g.get('y'), c: await (await m).b.text(), d: performance.mark('a').name };
      delete Object.prototype[0]; return got`;
    expect(await valueOf(code)).toEqual({ a: 'data:a/b;base64,YUI=', b: 'é', c: 'z', d: 'a' });
  });
});
