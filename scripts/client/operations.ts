import type { JsonSchema } from './schema.ts';
import type { TypeWriter } from './type-writer.ts';

interface Content {
  content?: Record<string, { schema?: JsonSchema }>;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema: JsonSchema;
}

interface Operation {
  summary?: string;
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

/** An OpenAPI document, as far as the client is made from it. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

interface Named {
  /** `POST /execute` */
  key: string;
  operation: Operation;
}

/** What has no answer of any type, such as a WebSocket, is not for a client of requests. */
function operationsOf({ paths }: OpenApiDocument): Named[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        key: `${method.toUpperCase()} ${path}`,
        operation,
      })),
    )
    .filter(({ operation }) => answerTypes(operation).length > 0 || answersNothing(operation))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function goodAnswers({ responses }: Operation): [string, Content][] {
  return Object.entries(responses).filter(([status]) => /^\d+$/.test(status));
}

/** Its good answer is that it was done. */
function answersNothing({ responses }: Operation): boolean {
  return responses['204'] !== undefined;
}

function answerTypes(operation: Operation): string[] {
  const answers = goodAnswers(operation);
  return [...new Set(answers.flatMap(([, { content = {} }]) => Object.keys(content)))];
}

/** The interface `Operations`, and the table `ANSWERS` of what is a value. */
export function writeOperations(document: OpenApiDocument, types: TypeWriter): string {
  const operations = operationsOf(document);
  const members = operations.map(({ key, operation }) => {
    const comment = operation.summary === undefined ? '' : `/** ${operation.summary}. */\n`;
    return `${comment}${JSON.stringify(key)}: ${operationType(operation, types)};`;
  });
  const answers = operations.map(
    ({ key, operation }) => `${JSON.stringify(key)}: ${answerFacts(operation)},`,
  );
  return [
    `/** Every operation of the API: what it takes, and its answers by status. */
export interface Operations {\n${members.join('\n')}\n}`,
    `/** The statuses of each operation whose answer is a value, and what type it is of; any other is an error. */
export const ANSWERS: { readonly [K in keyof Operations]: { readonly statuses: readonly number[]; readonly type: string } } = {\n${answers.join('\n')}\n};`,
  ].join('\n\n');
}

function operationType(operation: Operation, types: TypeWriter): string {
  const parts = (['path', 'query', 'header'] as const).flatMap((where) => {
    const parameters = (operation.parameters ?? []).filter((one) => one.in === where);
    if (parameters.length === 0) return [];
    const schemas = parameters.map(({ name, description, schema }): [string, JsonSchema] => [
      name,
      description === undefined ? schema : { ...schema, description },
    ]);
    const required = parameters.filter((one) => one.required).map(({ name }) => name);
    return [`${where}: ${types.members(Object.fromEntries(schemas), required)};`];
  });
  if (operation.requestBody) parts.push(`body: ${contentType(operation.requestBody, types)};`);
  const answers = Object.entries(operation.responses).map(
    ([status, answer]) =>
      `${JSON.stringify(status)}: ${status === '204' ? 'undefined' : contentType(answer, types)};`,
  );
  return `{\n${parts.join('\n')}\nanswers: {\n${answers.join('\n')}\n};\n}`;
}

function contentType({ content = {} }: Content, types: TypeWriter): string {
  const schemas = Object.values(content).map(({ schema }) => types.write(schema ?? {}));
  return schemas.length === 0 ? 'unknown' : [...new Set(schemas)].join(' | ');
}

function answerFacts(operation: Operation): string {
  const types = answerTypes(operation);
  if (types.length !== 1 && !answersNothing(operation))
    throw new Error(`answers of ${types.join(' and ')}; the client reads one`);
  const statuses = goodAnswers(operation).map(([status]) => status);
  return `{ statuses: [${statuses.join(', ')}], type: ${JSON.stringify(types[0] ?? '')} }`;
}
