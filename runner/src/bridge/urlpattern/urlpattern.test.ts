import { describe, expect, it } from 'vitest';
import { runGuest, valueOf } from '../../../test/isolate-harness.ts';

/** Patterns with what they are asked about: the standard's well-known cases. */
const CASES: [pattern: unknown[], inputs: unknown[][]][] = [
  [
    [{ pathname: '/foo/bar' }],
    [
      [{ pathname: '/foo/bar' }],
      [{ pathname: '/foo/ba' }],
      [{ pathname: '/foo/bar/' }],
      ['https://example.com/foo/bar'],
    ],
  ],
  [
    [{ pathname: '/foo/bar', baseURL: 'https://example.com?query#hash' }],
    [
      [{ pathname: '/foo/bar', baseURL: 'https://example.com' }],
      ['https://example.com/foo/bar'],
      ['https://example.com/foo/bar?x'],
    ],
  ],
  [
    [{ pathname: '/foo/:bar' }],
    [
      [{ pathname: '/foo/bar' }],
      [{ pathname: '/foo/index.html' }],
      [{ pathname: '/foo/bar/' }],
      [{ pathname: '/foo/' }],
    ],
  ],
  [[{ pathname: '/foo/:bar(.*)' }], [[{ pathname: '/foo/bar/baz' }], [{ pathname: '/foo/' }]]],
  [
    [{ pathname: '/foo/:bar?' }],
    [[{ pathname: '/foo/bar' }], [{ pathname: '/foo' }], [{ pathname: '/foobar' }]],
  ],
  [[{ pathname: '/foo/:bar+' }], [[{ pathname: '/foo/bar/baz' }], [{ pathname: '/foo' }]]],
  [[{ pathname: '/foo/:bar*' }], [[{ pathname: '/foo/bar/baz' }], [{ pathname: '/foo' }]]],
  [[{ pathname: '/foo/*' }], [[{ pathname: '/foo/bar/baz' }], [{ pathname: '/foo' }]]],
  [[{ pathname: '/(\\d+)/:name([a-z]{2,})' }], [[{ pathname: '/12/ab' }], [{ pathname: '/x/ab' }]]],
  [[{ pathname: '{/foo}?/bar' }], [[{ pathname: '/bar' }], [{ pathname: '/foo/bar' }]]],
  [[{ pathname: '/caf%C3%A9' }], [[{ pathname: '/café' }]]],
  [[{ pathname: '/café' }], [[{ pathname: '/café' }], [{ pathname: '/caf%C3%A9' }]]],
  [
    [{ hostname: '*.example.com' }],
    [['https://a.example.com/x'], ['https://example.com/'], [{ hostname: 'b.a.example.com' }]],
  ],
  [[{ hostname: '{*.}?example.com' }], [['https://example.com/'], ['https://a.example.com/']]],
  [[{ protocol: 'http{s}?', port: '80' }], [['http://a:80/'], ['https://a:80/'], ['ftp://a:80/']]],
  [[{ protocol: 'https', hostname: 'example.com', port: '443' }], [['https://example.com/']]],
  [[{ search: 'q=:q', hash: ':h' }], [['https://a/?q=1#x'], ['https://a/?q=']]],
  [
    ['https://example.com/:kind/*?q=*#*'],
    [['https://example.com/a/b?q=c#d'], ['https://example.com/a']],
  ],
  [
    ['https://user:pass@example.com/*'],
    [['https://user:pass@example.com/x'], ['https://example.com/x']],
  ],
  [
    ['/books/:id', 'https://example.com'],
    [
      ['https://example.com/books/7'],
      ['/books/7', 'https://example.com'],
      ['/books/7', 'https://other.example'],
    ],
  ],
  [['data\\:text/:kind,*'], [['data:text/plain,x']]],
  [['http{s}?://*.example.com/:a/:b'], [['https://x.example.com/1/2'], ['http://x.example.com/1']]],
  [[{ pathname: '/A/:b' }, { ignoreCase: true }], [[{ pathname: '/a/X' }]]],
  [[], [['https://any/thing'], [{}]]],
];

/** What a realm says to each case, where a group that did not match is undefined in JSON. */
const ASK = `const ask = (cases) => cases.map(([pattern, inputs]) => { const p = new URLPattern(...pattern);
  const parts = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'];
  return { is: parts.map((part) => p[part]), groups: p.hasRegExpGroups, got: inputs.map((input) => { const m = p.exec(...input);
    return [p.test(...input), m && parts.map((part) => [m[part].input, Object.entries(m[part].groups).map(([k, v]) => [k, v ?? null]).sort()]), m && m.inputs.length] }) } });`;

/** Node's own URLPattern is the model. */
const outside = new Function('cases', `${ASK} return ask(cases)`) as (cases: unknown) => unknown[];

describe('URLPattern', () => {
  it.each(CASES.map((one) => [JSON.stringify(one[0]), one] as const))(
    'matches as Node does: %s',
    async (_text, one) => {
      const inside = await valueOf(`${ASK} return ask(input)`, { input: [one] });
      expect(inside).toEqual(JSON.parse(JSON.stringify(outside([one]))));
    },
  );

  it.each([
    `new URLPattern('/relative')`,
    `new URLPattern({ pathname: '/(' })`,
    `new URLPattern({ pathname: '/:a/:a' })`,
    `new URLPattern({ pathname: '/{a' })`,
    `new URLPattern({ hostname: 'a b' })`,
    `new URLPattern('https://a/', 'nonsense')`,
    `new URLPattern({}, 'https://a/')`,
    `URLPattern({})`,
  ])('refuses %s', async (call) => {
    const code = `try { ${call}; return 'fine' } catch (e) { return e.name }`;
    expect(await valueOf(code)).toBe('TypeError');
  });

  it('takes a URL of ours, and is an interface of its own', async () => {
    const code = `const p = new URLPattern({ pathname: '/a/:b' }); const u = new URL('https://x.example/a/7?q');
      return [p.test(u), p.exec(u).pathname.groups.b, new URLPattern(new URL('https://a.example/x')).hostname, String(Object.prototype.toString.call(p)), URLPattern.name,
        p.test('nonsense'), p.exec('nonsense'), Object.keys(URLPattern.prototype).includes('test')]`;
    expect(await valueOf(code)).toEqual([
      ...[true, '7', 'a.example', '[object URLPattern]', 'URLPattern'],
      ...[false, null, true],
    ]);
  });

  it('is in the preset web alone', async () => {
    const code = `return typeof URLPattern`;
    expect(await valueOf(code, { preset: 'web' })).toBe('function');
    expect(await valueOf(code, { preset: 'agent' })).toBe('undefined');
  });

  it('hands nothing of the platform to what a guest put in the place of prototypes', async () => {
    const code = `const seen = new Set(); const add = Set.prototype.add;
      for (const [o, n] of [[RegExp.prototype, 'exec'], [RegExp.prototype, 'test'], [Array.prototype, 'push'], [Array.prototype, 'map'], [String.prototype, 'replace'], [Object, 'assign'], [Map.prototype, 'set']]) {
        const was = o[n]; o[n] = function (...a) { for (const v of [this, ...a]) Reflect.apply(add, seen, [v]); return Reflect.apply(was, this, a) } }
      const ok = new URLPattern('https://a.example/:x').test('https://a.example/1');
      const all = [...seen]; let found = 0; for (const v of all) if (Object(v) === v && ('hostCall' in v || 'primordials' in v || v.primordials || /hostCall/.test(String(v)))) found++;
      return [ok, all.length > 0, found]`;
    expect(await valueOf(code)).toEqual([true, true, 0]);
  });

  it('hurts nobody but the guest that breaks its own URL', async () => {
    const code = `globalThis.URL = class { constructor() { throw new RangeError('mine') } };
      try { return new URLPattern('https://a.example/:x').test('https://a.example/1') } catch (e) { return e.name }`;
    expect((await runGuest(code)).exitReason).toBe('Completed');
  });

  it('runs the expressions of a guest in its own isolate', async () => {
    const code = `const p = new URLPattern({ pathname: '/((?:a+)+)b' }); return p.test({ pathname: '/' + 'a'.repeat(24) })`;
    const result = await runGuest(code);
    // Nothing was asked of the host but to parse: what it takes is the guest's own time.
    expect([result.value, result.charged < 5]).toEqual([false, true]);
  });
});
