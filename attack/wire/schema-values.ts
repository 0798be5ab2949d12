import fc from 'fast-check';
import type { Random } from '../src/random.ts';

/** What is read of a schema: JSON Schema as TypeBox writes it. */
export interface Schema {
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly Schema[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  required?: readonly string[];
  items?: Schema | readonly Schema[];
  minItems?: number;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

const MAX_ITEMS = 3;
const TEXTS = ['', 'a', 'GET', 'http://example.com/', '{"a":1}', 'line\u2028break', '\ud800', '0'];

/** A value that fits the schema, save for what a schema of ours does not use. */
export function valueOf(schema: Schema, random: Random): unknown {
  if (schema.anyOf) return valueOf(random.pick(schema.anyOf), random);
  const fixed = schema.const === undefined ? schema.enum : [schema.const];
  return fixed ? random.pick(fixed) : valueOfType(schema, random);
}

function valueOfType(schema: Schema, random: Random): unknown {
  switch (schema.type) {
    case 'object':
      return objectOf(schema, random);
    case 'array':
      return arrayOf(schema, random);
    case 'string':
      return stringOf(schema, random);
    case 'integer':
    case 'number':
      return numberOf(schema, random);
    case 'boolean':
      return random.oneIn(2);
    case 'null':
      return null;
    default:
      return random.pick<unknown>([null, 1, 'x', [1, 2], { a: { b: 1 } }]);
  }
}

function objectOf(schema: Schema, random: Random): object {
  const object: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (schema.required?.includes(name) || random.oneIn(2)) object[name] = valueOf(inner, random);
  }
  for (const inner of Object.values(schema.patternProperties ?? {})) {
    for (let i = random.below(MAX_ITEMS); i > 0; i--) object[`k${i}`] = valueOf(inner, random);
  }
  return object;
}

function arrayOf({ items, minItems = 0 }: Schema, random: Random): unknown[] {
  if (Array.isArray(items)) return items.map((inner) => valueOf(inner as Schema, random));
  const length = minItems + random.below(MAX_ITEMS);
  return Array.from({ length }, () => valueOf((items ?? {}) as Schema, random));
}

function numberOf({ minimum = 0, maximum = 1_000, type }: Schema, random: Random): number {
  const edge = random.below(4);
  if (edge === 0) return minimum;
  if (edge === 1) return maximum;
  const inside = minimum + (random.next() / 2 ** 32) * (maximum - minimum);
  return type === 'integer' ? Math.floor(inside) : inside;
}

function stringOf({ pattern, minLength = 0, maxLength = 64 }: Schema, random: Random): string {
  if (pattern !== undefined) return random.pick(samplesOf(pattern, maxLength));
  const text = random.pick(TEXTS);
  return text.length < minLength ? 'x'.repeat(minLength) : text.slice(0, maxLength);
}

const known = new Map<string, readonly string[]>();

/** Texts of a pattern, the same in every run. */
function samplesOf(pattern: string, maxLength: number): readonly string[] {
  const found = known.get(pattern);
  if (found) return found;
  const all = fc.sample(fc.stringMatching(new RegExp(pattern)), { seed: 1, numRuns: 12 });
  const fitting = all.filter((text) => text.length <= maxLength);
  known.set(pattern, fitting.length > 0 ? fitting : all);
  return known.get(pattern)!;
}
