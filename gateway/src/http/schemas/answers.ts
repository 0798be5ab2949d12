import {
  ERROR_CODES,
  EXIT_REASONS,
  GuestErrorSchema,
  LAYERS,
  LogLineSchema,
  RunStatsSchema,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { titled } from './titled.ts';

const text = () => Type.String();
const blame = titled('Blame', Type.Enum(['caller', 'script', 'policy', 'system']));
export const exitReason = titled('ExitReason', Type.Enum([...EXIT_REASONS]));

export const logLines = (description: string) =>
  Type.Array(titled('LogLine', LogLineSchema), { description });

export const classified = {
  code: titled('ErrorCode', Type.Enum([...ERROR_CODES])),
  blame,
  retry: Type.Boolean({ description: 'Whether the same request may be sent again.' }),
  action: Type.String({ description: 'What to do about it.' }),
};

const ranFields = {
  logs: logLines('What it wrote to the console.'),
  logsCut: Type.Boolean({ description: 'Lines are missing: the console reached its limit.' }),
  stats: titled(
    'RunFigures',
    Type.Object({
      ...RunStatsSchema.properties,
      durationMs: Type.Number({ description: 'From the arrival to the end, queueing included.' }),
      queuedMs: Type.Number(),
    }),
  ),
  runId: text(),
  traceId: text(),
  exitReason,
  layers: Type.Array(titled('Layer', Type.Enum([...LAYERS])), {
    description: 'What protected this run.',
  }),
  stubs: Type.Optional(
    Type.Array(text(), { description: 'Imported functions that did nothing: `module.name`.' }),
  ),
  digest: Type.Optional(Type.String({ description: 'SHA-256 of the source or module.' })),
};

const GoodRunSchema = Type.Object(
  {
    success: Type.Literal(true),
    result: Type.Unknown({ description: 'What the script returned; null for undefined.' }),
    exports: Type.Optional(
      Type.Object({}, { additionalProperties: true, description: 'A module’s named exports.' }),
    ),
    ...ranFields,
  },
  { title: 'RunSucceeded', description: 'The run ended well.' },
);

const FailedRunSchema = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.Object({
      type: exitReason,
      ...GuestErrorSchema.properties,
      ...classified,
    }),
    result: Type.Optional(Type.Unknown({ description: 'Of a check: how each of its tests went.' })),
    ...ranFields,
  },
  { title: 'RunFailed', description: 'The script failed; `error.type` is the exit reason.' },
);

const ErrorSchema = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.Object({
      type: titled('ErrorCode', Type.Enum([...ERROR_CODES])),
      name: text(),
      message: text(),
      ...classified,
      problems: Type.Optional(Type.Array(Type.Object({ path: text(), message: text() }))),
    }),
    requestId: text(),
  },
  { title: 'Refusal', description: 'The request was refused; docs/errors.md lists the codes.' },
);

/** The answers of every endpoint, for OpenAPI alone: nothing is serialized with them. */
export const refusals = { '4xx': ErrorSchema, '5xx': ErrorSchema };

export const runAnswers = { 200: GoodRunSchema, 422: FailedRunSchema, ...refusals };

const ValidationSchema = titled(
  'Validation',
  Type.Object({
    valid: Type.Boolean(),
    form: Type.Optional(Type.Enum(['body', 'module'])),
    error: Type.Optional(Type.String({ description: 'The first line of what is wrong.' })),
    line: Type.Optional(Type.Integer()),
    column: Type.Optional(Type.Integer()),
  }),
);
export const validationAnswers = { 200: ValidationSchema, 422: ValidationSchema, ...refusals };

const items = Type.Array(
  Type.Object({ module: Type.Optional(text()), name: text(), kind: text() }),
);
export const compileAnswers = {
  200: titled(
    'WasmModule',
    Type.Object({
      moduleId: text(),
      digest: text(),
      size: Type.Integer(),
      exports: items,
      imports: items,
    }),
  ),
  ...refusals,
};
