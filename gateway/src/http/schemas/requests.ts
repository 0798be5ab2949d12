import {
  DEFAULT_MAX_REQUESTS,
  LANGUAGES,
  LIMIT_BOUNDS,
  NAME_PATTERN,
  PermissionsSchema,
  PRESETS,
  REUSES,
  TRAFFIC_BOUNDS,
  wasmCallFields,
  MAX_INPUT_BYTES,
  type LimitName,
  type TrafficName,
} from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { titled } from './titled.ts';

const closed = { additionalProperties: false };

/** Milliseconds that a run over HTTP has unless it says otherwise. */
export const DEFAULT_TIMEOUT_MS = 5_000;
/** The longest run over HTTP; a caller who asks for more gets this. */
export const MAX_TIMEOUT_MS = 30_000;

export const limit = (name: LimitName, description: string) =>
  Type.Optional(
    Type.Integer({
      minimum: LIMIT_BOUNDS[name].minimum,
      maximum: LIMIT_BOUNDS[name].maximum,
      ...(name === 'cpuTimeMs' ? {} : { default: LIMIT_BOUNDS[name].default }),
      description,
    }),
  );

const traffic = (name: TrafficName, description: string) => {
  const { default: fallback, minimum, maximum } = TRAFFIC_BOUNDS[name];
  const preset = fallback === undefined ? {} : { default: fallback };
  return Type.Optional(Type.Integer({ minimum, maximum, ...preset, description }));
};

/** Of the way out, beside the number of requests. */
export const trafficFields = {
  bytesUp: traffic('bytesUp', 'Bytes that outbound requests send together.'),
  bytesDown: traffic('bytesDown', 'Bytes that outbound requests receive together.'),
  connections: traffic('connections', 'Outbound requests at once; the next ones wait.'),
  bandwidth: traffic('bandwidth', 'Bytes a second each way, of all outbound requests together.'),
};

const LimitFields = Type.Object(
  {
    cpuTimeMs: limit('cpuTimeMs', 'CPU time. Default: the timeout.'),
    memoryBytes: limit('memoryBytes', 'V8 heap and array buffers.'),
    outputBytes: limit('outputBytes', 'Console lines together, and the result.'),
    bridgeCalls: limit('bridgeCalls', 'Calls to the host.'),
    bridgePayloadBytes: limit('bridgePayloadBytes', 'One call to the host.'),
    requests: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        default: DEFAULT_MAX_REQUESTS,
        description: 'Outbound requests.',
      }),
    ),
    ...trafficFields,
  },
  closed,
);
export type AskedLimits = Static<typeof LimitFields>;

export const code = Type.String({ description: 'At most 1 MiB of UTF-8.' });
export const language = Type.Optional(
  titled(
    'Language',
    Type.Enum([...LANGUAGES], {
      description: 'Default: auto, which reads JavaScript first and then TypeScript.',
    }),
  ),
);
const timeout = Type.Optional(
  Type.Number({
    minimum: 1,
    default: DEFAULT_TIMEOUT_MS,
    description: `Milliseconds from start to end; more than ${MAX_TIMEOUT_MS} counts as that.`,
  }),
);
const limits = Type.Optional(titled('Limits', LimitFields));
const permissions = Type.Optional(titled('Permissions', PermissionsSchema));

export const ExecuteSchema = Type.Object(
  {
    code,
    preset: Type.Optional(
      titled(
        'Preset',
        Type.Enum([...PRESETS], {
          default: 'compute',
          description: 'Host APIs of the isolate.',
        }),
      ),
    ),
    env: Type.Optional(
      Type.Object(
        {},
        { additionalProperties: true, description: 'Read as `env`, and as `input` too.' },
      ),
    ),
    input: Type.Optional(
      Type.Unknown({
        description: 'Any JSON; read as `input`, and as `env` unless that is given.',
      }),
    ),
    timeout,
    language,
    reuse: Type.Optional(
      Type.Enum([...REUSES], {
        default: 'none',
        description: '`script`: a fresh context in a warm isolate of the same source.',
      }),
    ),
    limits,
    permissions,
  },
  { ...closed, title: 'ExecuteBody' },
);
export type ExecuteBody = Static<typeof ExecuteSchema>;

export const DenoSchema = Type.Object(
  {
    code,
    data: Type.Optional(Type.Unknown({ description: 'Any JSON; read as `input` and `env`.' })),
    timeout,
    language,
    limits,
    permissions,
  },
  { ...closed, title: 'DenoBody' },
);
export type DenoBody = Static<typeof DenoSchema>;

export const ValidateSchema = Type.Object({ code, language }, { ...closed, title: 'ValidateBody' });
export type ValidateBody = Static<typeof ValidateSchema>;

const moduleId = (description: string) =>
  Type.String({ minLength: 1, maxLength: 128, description });

export const WasmCompileSchema = Type.Object(
  {
    bytes: Type.Optional(
      Type.String({ minLength: 1, description: 'The module in base64. Either this or `file`.' }),
    ),
    file: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description: 'A path under the configured WebAssembly root.',
      }),
    ),
    id: Type.Optional(moduleId('What to call it. Default: its SHA-256.')),
  },
  { ...closed, title: 'WasmCompileBody' },
);
export type WasmCompileBody = Static<typeof WasmCompileSchema>;

export const WasmUploadSchema = Type.Object(
  { id: Type.Optional(moduleId('For a body of application/wasm: what to call it.')) },
  closed,
);
export type WasmUpload = Static<typeof WasmUploadSchema>;

export const WasmRunSchema = Type.Object(
  {
    moduleId: moduleId('As /wasm/compile answered it.'),
    ...wasmCallFields(MAX_INPUT_BYTES),
    timeout,
    limits,
  },
  { ...closed, title: 'WasmRunBody' },
);
export type WasmRunBody = Static<typeof WasmRunSchema>;

const name = () => Type.String({ pattern: NAME_PATTERN, maxLength: 63 });
export const ScriptParamsSchema = Type.Object({ namespace: name(), name: name() }, closed);
export type ScriptParams = Static<typeof ScriptParamsSchema>;

/** The body may be missing altogether. */
export const ScriptRunSchema = Type.Union([
  Type.Object(
    { input: Type.Optional(Type.Unknown({ description: 'Replaces the script’s input.' })) },
    closed,
  ),
  Type.Null(),
]);
export type ScriptRunBody = Static<typeof ScriptRunSchema> | undefined;

export const RunListSchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    before: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The `next` of the page before.' }),
    ),
  },
  closed,
);
export type RunListQuery = Static<typeof RunListSchema>;

export const RunParamsSchema = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 64 }) },
  closed,
);
export type RunParams = Static<typeof RunParamsSchema>;

export const ArtifactParamsSchema = Type.Object(
  { ...RunParamsSchema.properties, name: Type.String({ minLength: 1, maxLength: 64 }) },
  closed,
);
export type ArtifactParams = Static<typeof ArtifactParamsSchema>;
