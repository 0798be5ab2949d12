/** A JSON schema as TypeBox makes it. */
export interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  patternProperties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  [keyword: string]: unknown;
}

/** Keywords that mean the same in a CRD. Any other must be translated, or it would be lost in silence. */
const SAME = new Set([
  'type',
  'description',
  'default',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
]);
/** A CRD prunes unknown fields, and strict clients have them refused; it cannot say so in its schema. */
const TRANSLATED = new Set([
  'properties',
  'patternProperties',
  'items',
  'anyOf',
  'additionalProperties',
]);

const anyJson = { nullable: true, 'x-kubernetes-preserve-unknown-fields': true };

/** The structural OpenAPI v3 schema that a CRD needs. Throws for what none can say. */
export function structural(schema: JsonSchema): JsonSchema {
  const node: JsonSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (SAME.has(keyword)) node[keyword] = value;
    else if (!TRANSLATED.has(keyword)) throw new Error(`a CRD cannot say ${keyword}`);
  }
  if (schema.enum) node.type = 'string';
  if (schema.anyOf) return { ...node, ...union(schema.anyOf) };
  if (schema.items) node.items = structural(schema.items);
  if (schema.properties) node.properties = mapValues(schema.properties, structural);
  if (schema.patternProperties) {
    node.additionalProperties = structural(Object.values(schema.patternProperties)[0]!);
  }
  return node.type === undefined ? { ...node, ...anyJson } : node;
}

/** A number or a text, which are the unions that a CRD has a way to say. */
function union(branches: JsonSchema[]): JsonSchema {
  const [number, text] = branches;
  if (branches.length !== 2 || text?.type !== 'string') throw new Error('no union for a CRD');
  const { type: _type, ...bounds } = text;
  if (number?.type === 'integer') return { 'x-kubernetes-int-or-string': true, ...bounds };
  // Neither a list nor a map with anything in it: numbers with a fraction have no word of their own.
  return { 'x-kubernetes-preserve-unknown-fields': true, ...bounds, maxItems: 0, maxProperties: 0 };
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
