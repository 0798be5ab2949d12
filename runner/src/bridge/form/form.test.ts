import { describe, expect, it } from 'vitest';
import { assert, asyncProperty, array, string, tuple, uint8Array } from 'fast-check';
import { valueOf } from '../../../test/isolate-harness.ts';

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
const PARSE = `const parse = (text, type = 'multipart/form-data; boundary=B') => new Response(text, { headers: { 'content-type': type } })
  .formData().then((f) => [...f].map(([n, v]) => [n, typeof v === 'string' ? v : [v.name, v.type, v.size]]), (e) => e.name);`;

describe('FormData as in Node', () => {
  it.each([
    `const f = new FormData(); f.append('a', 1); f.append('b', 'x'); f.append('a', '2'); f.set('a', '3'); f.append('c\\ud800', null); f.set('d', 'y'); f.delete('b'); return [[...f], f.get('a'), f.get('q'), f.getAll('a'), f.has('d'), [...f.keys()], [...f.values()], String(f)]`,
    `const f = new FormData(); f.append('b', new Blob(['1'], { type: 'a/b' })); f.append('b', new Blob(['2']), 'n'); const o = new File(['3'], 'own', { lastModified: 5 }); f.append('b', o); f.append('b', o, 'other'); return [f.getAll('b').map((v) => [v.name, v.type, v.size, v instanceof File]), f.getAll('b')[2] === o, f.getAll('b')[3].lastModified]`,
    `const f = new FormData(); return [() => f.append('a', 'b', 'c'), () => f.append('a'), () => f.set('a'), () => f.get(), () => new FormData(1), () => f.append('a', 'b', undefined)].map((r) => { try { r(); return 1 } catch (e) { return e.name } })`,
    `const f = new FormData(); f.append('a', '1'); f.append('b', '2'); const got = []; f.forEach((v, k, o) => { got.push([v, k, o === f]); if (got.length < 4) f.append('c', '3') }); return got`,
    `const r = new Request('http://a/', { method: 'POST', body: new URLSearchParams('a=1&b=%20+&a=2') }); return [...await r.formData()]`,
    `const b = await new Response('x', { headers: { 'content-type': 'Text/HTML; Charset=utf-8' } }).blob(); return [b.size, b.type]`,
    `const r = new Response(new Blob(['x'], { type: 'a/b' })); return [r.headers.get('content-type'), await r.text(), new Response(new Blob(['x'])).headers.get('content-type')]`,
    `const f = new FormData(); f.append('a', 'b'); const r = new Request('http://a/', { method: 'POST', body: f }).clone(); return [[...await r.formData()], r.bodyUsed]`,
    `return new Response('a').formData().catch((e) => e.name)`,
    `const r = new Response(new URLSearchParams('a=1')); await r.text(); return r.formData().catch((e) => e.name)`,
  ])('%s', async (code) => {
    const outside: unknown = await new AsyncFunction(code)();
    expect(await valueOf(code)).toEqual(JSON.parse(JSON.stringify(outside)));
  });
});

describe('multipart/form-data', () => {
  it('is written as browsers write it', async () => {
    const code = `const f = new FormData(); f.append('a"\\r\\nb\\n', 'x\\ry\\nz'); f.append('f', new File(['1\\n'], 'é"\\n.txt', { type: 'text/plain' })); f.append('g', new Blob());
      const r = new Response(f); const type = r.headers.get('content-type'); return [type, await r.text()]`;
    const [type, text] = (await valueOf(code)) as [string, string];
    expect(type).toMatch(/^multipart\/form-data; boundary=----formdata-[0-9a-f]{32}$/);
    const boundary = type.split('boundary=')[1]!;
    const parts = [
      'Content-Disposition: form-data; name="a%22%0D%0Ab%0D%0A"\r\n\r\nx\r\ny\r\nz\r\n',
      'Content-Disposition: form-data; name="f"; filename="é%22%0A.txt"\r\nContent-Type: text/plain\r\n\r\n1\n\r\n',
      'Content-Disposition: form-data; name="g"; filename="blob"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n',
    ];
    const written = parts.map((part) => `--${boundary}\r\n${part}`).join('');
    expect(text).toBe(`${written}--${boundary}--\r\n`);
  });

  it('comes back as it went, and Node reads it alike', async () => {
    const names = string({ unit: 'grapheme', maxLength: 6 });
    await assert(
      asyncProperty(array(tuple(names, names, uint8Array({ maxLength: 40 }))), async (fields) => {
        const code = `const f = new FormData();
          for (const [n, v, b] of input) { f.append(n, v); f.append(n, new Blob([new Uint8Array(b)]), v) }
          const r = new Response(f); const type = r.headers.get('content-type'); const bytes = await r.bytes();
          const back = await new Response(bytes, { headers: { 'content-type': type } }).formData();
          const out = []; for (const [n, v] of back) out.push(typeof v === 'string' ? [n, v] : [n, v.name, ...await v.bytes()]);
          return { type, bytes: [...bytes], out }`;
        const input = fields.map(([name, value, bytes]) => [name, value, [...bytes]]);
        const got = (await valueOf(code, { input })) as {
          type: string;
          bytes: number[];
          out: unknown;
        };
        const headers = { 'content-type': got.type };
        const node = await new Response(new Uint8Array(got.bytes), { headers }).formData();
        const out = [];
        for (const [name, value] of node) {
          if (typeof value === 'string') out.push([name, value]);
          else out.push([name, value.name, ...new Uint8Array(await value.arrayBuffer())]);
        }
        expect(got.out).toEqual(out);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    ['--B--', []],
    ['--B--\r\n', []],
    ['\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--B--', [['a', '']]],
    [
      '--B\r\nContent-Disposition: form-data; name=a\r\nX-Y: z\r\n\r\n\ufeff1\r\n--B--\r\n',
      [['a', '\ufeff1']],
    ],
    [
      '--B\r\ncontent-disposition: Form-Data;filename="";  name="%22%0a%41"\r\n\r\n1\r\n--C\r\n--B--\r\n',
      [['"\n%41', ['', 'text/plain', 6]]],
    ],
    [
      '--B\r\nContent-Disposition: form-data; name="a"; filename="b"\r\nContent-Type: X/Y \r\n\r\n--B\r\n--B--',
      [['a', ['b', 'x/y', 3]]],
    ],
    ['', 'TypeError'],
    ['--B', 'TypeError'],
    ['--B-', 'TypeError'],
    ['--B--x', 'TypeError'],
    ['--C\r\n\r\n--B--', 'TypeError'],
    ['--B\r\n\r\nx\r\n--B--', 'TypeError'],
    ['--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--', 'TypeError'],
    ['--B\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--B--', 'TypeError'],
    ['--B\r\nContent-Disposition: form-data; name="a\r\n\r\nx\r\n--B--', 'TypeError'],
    ['--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx', 'TypeError'],
    ['--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B', 'TypeError'],
    ['--B\r\nno field\r\n\r\nx\r\n--B--', 'TypeError'],
  ])('reads %j', async (text, expected) => {
    expect(await valueOf(`${PARSE} return parse(input)`, { input: text })).toEqual(expected);
  });

  it('is bounded: the boundary, the headers of a part, the parts', async () => {
    const code = `${PARSE}
      const part = '--B\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\n\\r\\n';
      const long = 'x'.repeat(71);
      return [await parse('--' + long + '--', 'multipart/form-data; boundary=' + long),
        await parse('--B\\r\\nContent-Disposition: form-data; name="' + 'x'.repeat(20000) + '"\\r\\n\\r\\n\\r\\n--B--'),
        (await parse(part.repeat(10000) + '--B--')).length, await parse(part.repeat(10001) + '--B--'),
        await parse('--B--', 'multipart/form-data'), await parse('--B--', 'multipart/form-data; boundary="B"')]`;
    const refused = 'TypeError';
    expect(await valueOf(code)).toEqual([refused, refused, 10_000, refused, refused, []]);
  });

  it('is read in time that grows with its size, whatever it holds', async () => {
    const code = `${PARSE} const head = '--B\\r\\nContent-Disposition: form-data; name="a"';
      return [(await parse(head + '\\r\\n\\r\\n' + '\\r\\n--'.repeat(500000) + '\\r\\n--B--')).length,
        await parse((head + ' '.repeat(16000) + 'x\\r\\n').repeat(50)), await parse((head + ';='.repeat(8000) + '\\r\\n\\r\\n').repeat(20))]`;
    expect(await valueOf(code)).toEqual([1, 'TypeError', 'TypeError']);
  });
});

it('adds nothing to the fetch classes of preset agent', async () => {
  const code = `return [typeof Response.prototype.blob, typeof Request.prototype.formData, typeof Blob, typeof FormData]`;
  expect(await valueOf(code, { preset: 'agent' })).toEqual(Array(4).fill('undefined'));
  expect(await valueOf(code)).toEqual(Array(4).fill('function'));
});
