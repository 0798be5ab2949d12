/** What of JSON Schema the gateway's OpenAPI document has. */
export interface JsonSchema {
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** Keywords that change nothing about a type, or that {@link JsonSchema} has. */
const KNOWN = new Set([
  ...['title', 'description', 'type', 'enum', 'const', 'anyOf', 'items', 'properties', 'required'],
  ...['additionalProperties', 'default', 'minimum', 'maximum', 'minLength', 'maxLength'],
  ...['pattern', 'format', 'minItems', 'maxItems', 'maxProperties'],
]);

/** Throws for a keyword that would be lost: a type must not say less than the document. */
export function refuseUnknown(schema: JsonSchema): void {
  for (const keyword of Object.keys(schema)) {
    if (KNOWN.has(keyword) || keyword.startsWith('x-')) continue;
    throw new Error(`the client's generator does not know the keyword ${keyword}`);
  }
}

/** A doc comment of what a schema says beside its type: description, default and bounds. */
export function commentOf(schema: JsonSchema): string {
  const { description = '', default: fallback, minimum, maximum } = schema;
  const facts = [description];
  if (minimum !== undefined && maximum !== undefined) facts.push(`${minimum} to ${maximum}.`);
  if (fallback !== undefined && !/\bDefault:/.test(description)) {
    facts.push(`Default: ${JSON.stringify(fallback)}.`);
  }
  const text = facts.filter((fact) => fact !== '').join(' ');
  return text === '' ? '' : `/** ${text.replaceAll('*/', '*\\/')} */\n`;
}
