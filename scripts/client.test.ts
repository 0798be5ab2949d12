import { describe, expect, it } from 'vitest';
import { writeOperations, type OpenApiDocument } from './client/operations.ts';
import { TypeWriter } from './client/type-writer.ts';

const written = (schema: object) => new TypeWriter().write(schema).replaceAll(/\s+/g, ' ');

describe('the types of the client', () => {
  it.each([
    [{}, 'unknown'],
    [{ enum: ['a', 1, null] }, '"a" | 1 | null'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [
      { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } },
      '(string | number)[]',
    ],
    [{ type: 'object', additionalProperties: { type: 'boolean' } }, '{ [name: string]: boolean }'],
    [
      { type: 'object', required: ['a'], properties: { a: { const: 1 }, 'b-c': { default: 2 } } },
      '{ a: 1; /** Default: 2. */ "b-c"?: unknown; }',
    ],
  ])('%j is %s', (schema, text) => {
    expect(written(schema)).toBe(text);
  });

  it('say all that the document says, or are not made', () => {
    expect(() => written({ oneOf: [] })).toThrow('oneOf');
    expect(() => written({ title: 'not a name' })).toThrow('not a name');
    const types = new TypeWriter();
    types.write({ title: 'Same', type: 'string' });
    expect(() => types.write({ title: 'Same', type: 'number' })).toThrow('Same');
  });

  it('cannot be ended by a description', () => {
    const text = written({ type: 'object', properties: { a: { description: '*/ evil()' } } });
    expect(text).toBe('{ /** *\\/ evil() */ a?: unknown; }');
  });

  it('leave out what answers nothing, such as a WebSocket', () => {
    const content = { 'application/json': { schema: { type: 'string' } } };
    const document: OpenApiDocument = {
      paths: {
        '/connect': { get: { responses: { '200': {} } } },
        '/a': { get: { responses: { '200': { content }, '4XX': { content } } } },
      },
    };
    const text = writeOperations(document, new TypeWriter());
    expect(text).toContain('"GET /a": { statuses: [200], type: "application/json" }');
    expect(text).not.toContain('/connect');
  });
});
