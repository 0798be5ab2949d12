import { Type, type Static } from '../schema/typebox.ts';
import { ENGINES, LANGUAGES, PRESETS } from '../run/guest-options.ts';
import { wasmCallFields } from '../run/wasm-call.ts';
import { closed, clusterRules, dataKey, listMap, objectName } from './fields.ts';
import { NAME_PATTERN } from './metadata.ts';
import { ScriptLimitsSchema } from './script-limits.ts';
import { ScriptPermissionsSchema } from './script-permissions.ts';

/** Inline sources stay well under what client-side `kubectl apply` takes (256 KiB). */
const MAX_INLINE_CHARS = 131_072;

const optional = Type.Optional(
  Type.Boolean({ description: 'Leave the variable out when there is no such key. Default: no.' }),
);

const SourceSchema = Type.Object(
  {
    inline: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_INLINE_CHARS,
        description:
          'JavaScript or TypeScript, a function body or an ES module; for engine wasm base64 of the module.',
      }),
    ),
    configMapKeyRef: Type.Optional(
      Type.Object(
        { name: objectName('A ConfigMap in the namespace of the script.'), key: dataKey },
        {
          ...closed,
          description:
            'Where the source is kept instead. Needs a cluster; its changes are followed.',
        },
      ),
    ),
    language: Type.Optional(
      Type.Enum([...LANGUAGES], {
        default: 'auto',
        description: 'What the source is written in. Default: auto.',
      }),
    ),
  },
  {
    ...closed,
    ...clusterRules({
      rule: 'has(self.inline) != has(self.configMapKeyRef)',
      message: 'source needs exactly one of `inline` and `configMapKeyRef`',
    }),
    description: 'What runs: exactly one of `inline` and `configMapKeyRef`.',
  },
);

const ValueFromSchema = Type.Object(
  {
    secretKeyRef: Type.Optional(
      Type.Object(
        { name: objectName('A Secret in the same namespace.'), key: dataKey, optional },
        { ...closed, description: 'A key of a Secret.' },
      ),
    ),
    configMapKeyRef: Type.Optional(
      Type.Object(
        { name: objectName('A ConfigMap in the same namespace.'), key: dataKey, optional },
        { ...closed, description: 'A key of a ConfigMap.' },
      ),
    ),
  },
  {
    ...closed,
    ...clusterRules({
      rule: 'has(self.secretKeyRef) != has(self.configMapKeyRef)',
      message: 'valueFrom needs exactly one of `secretKeyRef` and `configMapKeyRef`',
    }),
    description: 'Where the value is kept instead. Needs a cluster; its changes are followed.',
  },
);

const EnvVarSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 256, description: 'The NAME of `env.NAME`.' }),
    value: Type.Optional(Type.String({ maxLength: 32_768, description: 'The value itself.' })),
    valueFrom: Type.Optional(ValueFromSchema),
  },
  {
    ...closed,
    ...clusterRules({
      rule: 'has(self.value) != has(self.valueFrom)',
      message: 'env needs exactly one of `value` and `valueFrom` for each name',
    }),
  },
);
export type EnvVar = Static<typeof EnvVarSchema>;

/** What a script is made of, whether it stands in a SandboxScript or in a SandboxRun. */
export const programFields = {
  engine: Type.Optional(
    Type.Enum([...ENGINES], {
      default: 'isolate',
      description:
        'What runs it: a V8 isolate, a Deno process, or a WebAssembly module. Default: isolate.',
    }),
  ),
  source: SourceSchema,
  wasm: Type.Optional(
    Type.Object(wasmCallFields(MAX_INLINE_CHARS), {
      ...closed,
      description: 'How the module is called; for engine wasm.',
    }),
  ),
  preset: Type.Optional(
    Type.Enum([...PRESETS], {
      description:
        'Host APIs of an isolate. Default: agent; web of a check, a server and a worker.',
    }),
  ),
  env: Type.Optional(
    Type.Array(EnvVarSchema, {
      maxItems: 128,
      ...listMap('name'),
      description: 'The script reads them as `env.NAME`.',
    }),
  ),
  limits: Type.Optional({
    ...ScriptLimitsSchema,
    description: 'What one run may use; its pool has a say in the defaults and the ceilings.',
  }),
  permissions: Type.Optional({
    ...ScriptPermissionsSchema,
    description: 'What a run may reach. Default: nothing.',
  }),
  poolRef: Type.Optional(
    Type.String({
      pattern: NAME_PATTERN,
      maxLength: 63,
      description:
        'The SandboxPool whose runners run it; it must allow the namespace. Default: the pool `default`, or else the first that allows it.',
    }),
  ),
};

/** Fields that exclude each other because of the engine. */
export const programRules = [
  {
    rule: "!has(self.wasm) || self.engine == 'wasm'",
    message: 'wasm needs `engine: wasm`',
    fieldPath: '.wasm',
  },
  {
    rule: "self.engine != 'wasm' || self.source.language == 'auto'",
    message: 'source.language: a WebAssembly module has none',
    fieldPath: '.source',
  },
  {
    rule: "!has(self.preset) || self.engine == 'isolate'",
    message: 'preset: only the isolate engine has presets',
    fieldPath: '.preset',
  },
  {
    rule: "!has(self.permissions) || !has(self.permissions.browser) || !self.permissions.browser || self.engine == 'isolate'",
    message: 'permissions.browser: only the isolate engine has a browser',
    fieldPath: '.permissions',
  },
];
