import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestFunction } from '../src/port/foreign.ts';
import { openPair, type Pair } from './port-realm.ts';

let pair: Pair;
let echo: GuestFunction;
/** Answers what it was given, by way of a call of the guest's. */
let relay: GuestFunction;

beforeAll(async () => {
  const given: GuestFunction[] = [];
  pair = await openPair({
    tools: {
      take: (echoed: GuestFunction, relayed: GuestFunction) => {
        given.push(echoed, relayed);
      },
      same: (value: unknown) => value,
    },
  });
  await pair.run('await take((value) => value, async (value) => await same(value))');
  [echo, relay] = given as [GuestFunction, GuestFunction];
});

afterAll(() => pair[Symbol.dispose]());

const keys = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$', '$f', '$o', '__proto__', 'constructor', 'toJSON', 'then ', '0'),
);

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.bigInt(),
      fc.constantFrom(null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY),
      fc.date({ noInvalidDate: false }),
      fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
      fc.float64Array(),
      fc.uint8Array().map((bytes) => Uint8Array.from(bytes).buffer),
    ),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 6, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
  ),
}));

describe('values', () => {
  it('come back as they went, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const got = await echo(value);
        if (!isDeepStrictEqual(got, value)) expect(got).toStrictEqual(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it('come through the guest and a tool as they went', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(isDeepStrictEqual(await relay(value), value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are errors with their name, message and code, and no stack of the host', async () => {
    const error = Object.assign(new RangeError('far'), { code: 'E_FAR', secret: 1 });
    const got = (await echo(error)) as Error & { code: string };
    expect(got).toBeInstanceOf(RangeError);
    expect([got.name, got.message, got.code, got.stack]).toEqual([
      'RangeError',
      'far',
      'E_FAR',
      'RangeError: far',
    ]);
    expect(Object.keys(got)).not.toContain('secret');
  });

  it.each([
    new DataView(new ArrayBuffer(5)),
    Buffer.from('some bytes'),
    new BigInt64Array([1n, -1n]),
    new Uint8Array(new ArrayBuffer(8), 2, 3),
  ])('are views: %o', async (view) => {
    const got = (await echo(view)) as ArrayBufferView;
    const bytes = (one: ArrayBufferView) => [
      ...new Uint8Array(one.buffer, one.byteOffset, one.byteLength),
    ];
    expect(bytes(got)).toEqual(bytes(view));
    expect(got.buffer.byteLength).toBe(view.byteLength);
  });

  it('are the data of an instance, without its class', async () => {
    class Point {
      x = 1;
      #y = 2;
      get y() {
        return this.#y;
      }
    }
    expect(await echo(new Point())).toStrictEqual({ x: 1 });
  });

  it.each([
    ['a cycle', () => [] as unknown[], 'is a cycle'],
    ['a symbol', () => Symbol('s'), 'arguments[0][0] is a symbol'],
    ['a promise', () => Promise.resolve(), 'is a Promise'],
    ['a regular expression', () => /a/, 'is a RegExp'],
    ['a weak map', () => new WeakMap(), 'is weak'],
    ['a URL', () => new URL('http://a/'), 'is a URL, which has no plain form'],
    ['a response', () => new Response('x'), 'is a Response, which has no plain form'],
  ])('cannot be %s', async (_, make, message) => {
    const inner = make();
    const value: unknown[] = [inner];
    if (Array.isArray(inner)) inner[0] = value;
    await expect(echo(value)).rejects.toMatchObject({
      name: 'TypeError',
      code: 'NOT_PLAIN',
      message: expect.stringContaining(message) as string,
    });
  });

  it('of the guest have to be plain as well', async () => {
    const body = `const said = [];
      for (const v of [new FormData(), new Headers(), new Blob([]), Promise.resolve(), /a/, Symbol(), new WeakSet(), Object(1n)])
        await same([v]).catch((e) => said.push(e.code + e.message.split(' is ')[1].slice(0, 9)));
      return [said, Object.keys(await same(new (class { a = 1 })()))]`;
    const said = [
      'a FormDat',
      'a Headers',
      'a Blob, w',
      'a Promise',
      'a RegExp;',
      'a symbol',
      'a WeakSet',
      'a BigInt,',
    ];
    expect(await pair.run(body)).toEqual([said.map((text) => `NOT_PLAIN${text}`), ['a']]);
  });

  it('may be 200 levels deep and no deeper, at both ends', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    // The list of arguments is a level.
    expect(await echo(nested(199))).toStrictEqual(nested(199));
    await expect(echo(nested(200))).rejects.toThrow('deeper than 200');
    const body = `let v = 1; for (let i = 0; i < 200; i++) v = [v];
      try { await same(v) } catch (e) { return [e.code, e instanceof TypeError, /deeper/.test(e.message)] }`;
    expect(await pair.run(body)).toEqual(['NOT_PLAIN', true, true]);
  });

  it('of a map within maps are as deep as the reader takes', async () => {
    const nested = (depth: number): unknown =>
      depth === 0 ? { $a: 1 } : new Map([[1, nested(depth - 1)]]);
    expect(await relay(nested(190))).toStrictEqual(nested(190));
  });

  it('that are too large are refused where they come from', async () => {
    const text = 'x'.repeat(17 * 1024 * 1024);
    await expect(echo(text)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(echo(Array.from({ length: 1_000_001 }, () => 0))).rejects.toThrow('values');
    const codes = await pair.run(`const codes = [];
      for (const make of [() => 'x'.repeat(17 << 20), () => new Uint8Array(13 << 20), () => new Array(1e6 + 1).fill(0), () => 10n ** 10001n]) {
        try { await same(make()); codes.push('sent') } catch (e) { codes.push(e.code) }
      }
      return codes`);
    expect(codes).toEqual(['TOO_LARGE', 'TOO_LARGE', 'TOO_LARGE', 'NOT_PLAIN']);
  });

  it('may be as large as the bound, also where text is longer as bytes', async () => {
    expect(await pair.run(`return (await same('é'.repeat(8_000_000))).length`)).toBe(8_000_000);
    expect(
      await pair.run(`try { await same('é'.repeat(8_400_000)) } catch (e) { return e.code }`),
    ).toBe('TOO_LARGE');
    const bytes = await pair.run(
      `const v = await same(new Uint8Array(4_000_000).fill(7)); return [v.length, v[3_999_999]]`,
    );
    expect(bytes).toEqual([4_000_000, 7]);
  });

  it('of 900,000 values pass, and as pairs they are counted as what they cost', async () => {
    expect(await pair.run('return (await same(new Array(900_000).fill(1))).length')).toBe(900_000);
    const map = 'new Map(Array.from({ length: 300_000 }, (_, i) => [i, i]))';
    expect(await pair.run(`return (await same(${map})).size`)).toBe(300_000);
    expect(pair.broken).toBeUndefined();
  });
});
