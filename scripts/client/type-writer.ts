import { commentOf, refuseUnknown, type JsonSchema } from './schema.ts';

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const PRIMITIVES: Record<string, string> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** Writes schemas as TypeScript. One with a title becomes an exported type of that name. */
export class TypeWriter {
  readonly #named = new Map<string, { comment: string; text: string }>();

  /** The text of a type. Throws when two different schemas have the same title. */
  write(schema: JsonSchema): string {
    if (schema.title === undefined) return this.#anonymous(schema);
    const { title } = schema;
    if (!IDENTIFIER.test(title)) throw new Error(`the title ${title} is no name of a type`);
    const text = this.#anonymous(schema);
    const before = this.#named.get(title);
    if (before && before.text !== text) throw new Error(`two schemas have the title ${title}`);
    if (!before) this.#named.set(title, { comment: commentOf(schema), text });
    return title;
  }

  /** The declarations of all named types so far, in the order of their names. */
  declarations(): string {
    const sorted = [...this.#named].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return sorted
      .map(([name, { comment, text }]) => `${comment}export type ${name} = ${text};`)
      .join('\n\n');
  }

  /** An object type of these members, each with its comment. */
  members(properties: Record<string, JsonSchema>, required: readonly string[]): string {
    const lines = Object.entries(properties).map(([name, schema]) => {
      const optional = required.includes(name) ? '' : '?';
      return `${commentOf(schema)}${keyOf(name)}${optional}: ${this.write(schema)};`;
    });
    return `{\n${lines.join('\n')}\n}`;
  }

  #anonymous(schema: JsonSchema): string {
    refuseUnknown(schema);
    if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
    if ('const' in schema) return JSON.stringify(schema.const);
    if (schema.anyOf) return union(schema.anyOf.map((one) => this.write(one)));
    if (schema.type === undefined) return 'unknown';
    return union([schema.type].flat().map((type) => this.#typed(type, schema)));
  }

  #typed(type: string, schema: JsonSchema): string {
    if (type === 'array') return `(${this.write(schema.items ?? {})})[]`;
    if (type === 'object') return this.#object(schema);
    const primitive = PRIMITIVES[type];
    if (primitive === undefined) throw new Error(`there is no type ${type}`);
    return primitive;
  }

  /** What an answer may have beside its members is not named: the gateway adds members over time. */
  #object({ properties = {}, required = [], additionalProperties }: JsonSchema): string {
    if (Object.keys(properties).length > 0) return this.members(properties, required);
    const rest = typeof additionalProperties === 'object' ? additionalProperties : {};
    return `{ [name: string]: ${this.write(rest)} }`;
  }
}

function union(types: string[]): string {
  return [...new Set(types)].join(' | ');
}

function keyOf(name: string): string {
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}
