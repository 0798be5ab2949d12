import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { customResource } from './crds/custom-resource.ts';
import { DEFINITIONS } from './crds/definitions.ts';
import { structural, type JsonSchema } from './crds/structural.ts';

const FREE_FORM = 'x-kubernetes-preserve-unknown-fields';
const INT_OR_STRING = 'x-kubernetes-int-or-string';

/** What `kubectl apply` without `--server-side` can keep of a resource is 256 KiB. */
const MAX_FILE_BYTES = 100 * 1024;

/** Every schema in a schema, with the path of its field. */
function* nodes(path: string, schema: JsonSchema): Generator<[string, JsonSchema]> {
  yield [path, schema];
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    yield* nodes(`${path}.${name}`, inner);
  }
  if (schema.items) yield* nodes(`${path}[]`, schema.items);
  if (schema.additionalProperties) {
    yield* nodes(`${path}{}`, schema.additionalProperties as JsonSchema);
  }
}

const FOREIGN = ['anyOf', 'oneOf', 'allOf', 'not', '$ref', 'const', 'patternProperties'];

/** The keywords of which a schema of a type needs one, so that it has an end. */
const ENDS: Record<string, string[]> = {
  string: ['maxLength', 'enum', 'format'],
  array: ['maxItems'],
  object: ['properties', 'maxProperties'],
  integer: ['type'],
  number: ['type'],
  boolean: ['type'],
  [INT_OR_STRING]: ['maxLength'],
  [FREE_FORM]: [FREE_FORM],
};

/** What an API server would refuse, or a hostile tenant could make large. */
function complaints(schema: JsonSchema): string[] {
  const type = schema.type ?? [INT_OR_STRING, FREE_FORM].find((keyword) => schema[keyword]);
  const said = FOREIGN.filter((keyword) => keyword in schema).map((keyword) => `has ${keyword}`);
  if (!(ENDS[type ?? ''] ?? []).some((keyword) => keyword in schema)) said.push('has no end');
  if (type === 'array' && !schema.items) said.push('has items of no kind');
  if ('additionalProperties' in schema && 'properties' in schema) said.push('is a map with fields');
  return said;
}

describe.each(DEFINITIONS.map((definition) => [definition.kind, definition] as const))(
  'the CRD of %s',
  (_, definition) => {
    const resource = customResource(definition);
    const { spec, status } = resource.spec.versions[0]!.schema.openAPIV3Schema.properties!;
    const all = [...nodes('spec', spec!), ...nodes('status', status!)];

    it('is structural, and every field of it has an end', () => {
      const wrong = all.flatMap(([path, node]) =>
        complaints(node).map((what) => `${path} ${what}`),
      );
      expect(wrong).toEqual([]);
    });

    it('is free-form in `input` alone, and in the numbers that may have a fraction', () => {
      const free = all.filter(([, node]) => node[FREE_FORM] === true);
      const bounded = free.filter(
        ([, { maxItems, maxLength }]) => maxItems === 0 && Number(maxLength) > 0,
      );
      const rest = free.filter((one) => !bounded.includes(one)).map(([path]) => path);
      expect(rest).toEqual(definition.kind === 'SandboxPool' ? [] : ['spec.input']);
      for (const [path] of bounded) expect(path).toMatch(/\.wasm\.(args\[\]|imports\{\}\{\})$/);
    });

    it('tells of every field what it is for', () => {
      const silent = all.filter(([path, node]) => !/[\]}]$/.test(path) && !node.description);
      expect(silent.map(([path]) => path)).toEqual([]);
    });

    it('says each default where it is described', () => {
      const mute = all.filter(([, node]) => {
        const scalar = ['string', 'number'].includes(typeof node.default);
        return scalar && !String(node.description).includes(`${String(node.default)}`);
      });
      expect(mute.map(([path]) => path)).toEqual([]);
    });

    it('is small enough for client-side apply', () => {
      expect(Buffer.byteLength(stringify(resource))).toBeLessThan(MAX_FILE_BYTES);
    });
  },
);

describe('structural', () => {
  it('refuses what a CRD cannot say, and does not lose it in silence', () => {
    expect(() => structural({ type: 'string', contentEncoding: 'base64' })).toThrow(
      'contentEncoding',
    );
    expect(() => structural({ anyOf: [{ type: 'boolean' }, { type: 'null' }] })).toThrow('union');
  });

  it('knows the unions that a CRD has a way to say', () => {
    const text = { type: 'string', maxLength: 4 };
    expect(structural({ anyOf: [{ type: 'integer' }, text] })).toEqual({
      'x-kubernetes-int-or-string': true,
      maxLength: 4,
    });
    expect(structural({ anyOf: [{ type: 'number' }, text] })).toMatchObject({
      [FREE_FORM]: true,
      maxLength: 4,
      maxItems: 0,
      maxProperties: 0,
    });
  });
});
