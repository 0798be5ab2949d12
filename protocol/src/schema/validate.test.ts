import { Type } from './typebox.ts';
import { describe, expect, it } from 'vitest';
import { checker, describeProblems, parser } from './validate.ts';

const schema = Type.Object(
  {
    name: Type.String({ minLength: 2 }),
    size: Type.Optional(Type.Enum(['small', 'large'])),
    either: Type.Optional(Type.Union([Type.Number(), Type.String({ pattern: '^[0-9]+$' })])),
    list: Type.Optional(Type.Array(Type.Object({ a: Type.Integer() }))),
    map: Type.Optional(Type.Record(Type.String(), Type.Number())),
  },
  { additionalProperties: false },
);
const check = checker(schema);

function problems(input: unknown): string {
  const checked = check(input);
  return checked.ok ? '' : describeProblems(checked.problems);
}

describe('checker', () => {
  it.each([
    [{ name: 'ok', extra: 1 }, "unknown field 'extra'"],
    [{}, "missing field 'name'"],
    [{ name: 'ok', size: 'medium' }, "size: must be one of 'small', 'large'"],
    [{ name: 'x' }, 'name: must not have fewer than 2 characters'],
    [{ name: 'ok', list: [{ a: 1 }, { a: 'x' }] }, 'list.1.a: must be integer'],
    [{ name: 'ok', map: { 'a/b~c': 'x' } }, 'map.a/b~c: must be number'],
    [null, 'must be object'],
  ])('says of %j: %s', (input, message) => {
    expect(problems(input)).toBe(message);
  });

  it('says one thing of a union, not what each of its branches wanted', () => {
    expect(problems({ name: 'ok', either: 'x' }).split('; ')).toHaveLength(1);
    expect(problems({ name: 'ok', either: 'x' })).toMatch(/^either: /);
  });

  it('cuts what a hostile input would repeat', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
    expect(problems({ name: 'ok', ...many }).length).toBeLessThan(1000);
    expect(problems({ name: 'ok', ['x'.repeat(100_000)]: 1 }).length).toBeLessThan(1000);
    const list = Array.from({ length: 10_000 }, () => ({ a: 'x' }));
    expect(problems({ name: 'ok', list }).split('; ').length).toBeLessThanOrEqual(8);
  });

  it('does not walk what is too large to explain', () => {
    const list = Array.from({ length: 1_000_000 }, () => ({}));
    expect(problems({ name: 'ok', list })).toBe('is not valid, and too large to say where');
    const circle: Record<string, unknown> = { name: 1 };
    circle.circle = circle;
    expect(problems(circle)).toBe('is not valid, and too large to say where');
  });

  it('hands back the value itself', () => {
    const value = { name: 'ok' };
    const checked = check(value);
    expect(checked.ok && checked.value).toBe(value);
  });
});

describe('parser', () => {
  it('throws the code it was made for, with the problems', () => {
    expect(() => parser(schema)({})).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: "missing field 'name'",
        details: { problems: [{ path: '', message: "missing field 'name'" }] },
      }),
    );
    expect(() => parser(schema, 'PROTOCOL_VIOLATION')({})).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }),
    );
    expect(parser(schema)({ name: 'ok' })).toEqual({ name: 'ok' });
  });
});
