import { Type, type Static } from 'typebox';
import { ENGINES, LANGUAGES, PRESETS, REUSES } from '../run/guest-options.ts';
import { PermissionsSchema } from '../run/permissions.ts';
import { BYTES_PATTERN, DURATION_PATTERN } from '../run/units.ts';
import { wasmCallFields } from '../run/wasm-call.ts';
import { API_VERSION, MetadataSchema } from './metadata.ts';

const closed = { additionalProperties: false };
const duration = (description: string) =>
  Type.Optional(Type.String({ pattern: DURATION_PATTERN, maxLength: 32, description }));
const bytes = (description: string) =>
  Type.Optional(Type.String({ pattern: BYTES_PATTERN, maxLength: 16, description }));

/** Inline sources stay well under what client-side `kubectl apply` takes (256 KiB). */
const MAX_INLINE_CHARS = 131_072;

export const CONCURRENCY_POLICIES = ['Allow', 'Forbid', 'Replace'] as const;
export type ConcurrencyPolicy = (typeof CONCURRENCY_POLICIES)[number];

export const ScheduleSchema = Type.Object(
  {
    every: duration('Run at this interval, at least `1s`. Exactly one of `every` and `cron`.'),
    cron: Type.Optional(
      Type.String({
        minLength: 9,
        maxLength: 128,
        description: 'Five fields (or six with seconds), as crontab has them.',
      }),
    ),
    timeZone: Type.Optional(
      Type.String({ maxLength: 64, description: 'IANA time zone of `cron`. Default: UTC.' }),
    ),
    concurrencyPolicy: Type.Optional(
      Type.Enum([...CONCURRENCY_POLICIES], {
        description:
          'What happens when a run is due while the last still goes on. Default: Forbid (skip it).',
      }),
    ),
    startingDeadline: duration('How late a run may start; a later one is skipped. Default: `30s`.'),
    splay: duration(
      'Runs are moved by a fixed part of this, so that scripts of one schedule do not start at once. Default: none.',
    ),
  },
  closed,
);
export type Schedule = Static<typeof ScheduleSchema>;

export const ScriptLimitsSchema = Type.Object(
  {
    cpuTime: duration('CPU time of one run. Default: `1s`.'),
    wallTime: duration('Time from start to end of one run. Default: `5s`.'),
    memory: bytes('V8 heap and array buffers. Default: `64Mi`.'),
    output: bytes('Console lines together, and the result. Default: `256Ki`.'),
    bridgeCalls: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
    bridgePayload: bytes('One call to the host. Default: `1Mi`.'),
    requests: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10_000, description: 'Outbound requests. Default: 50.' }),
    ),
  },
  closed,
);
export type ScriptLimits = Static<typeof ScriptLimitsSchema>;

export const SandboxScriptSpecSchema = Type.Object(
  {
    engine: Type.Optional(Type.Enum([...ENGINES], { description: 'Default: isolate.' })),
    source: Type.Object(
      {
        inline: Type.String({
          minLength: 1,
          maxLength: MAX_INLINE_CHARS,
          description:
            'JavaScript or TypeScript, a function body or an ES module; for engine wasm base64 of the module.',
        }),
        language: Type.Optional(Type.Enum([...LANGUAGES], { description: 'Default: auto.' })),
      },
      closed,
    ),
    wasm: Type.Optional(Type.Object(wasmCallFields(MAX_INLINE_CHARS), closed)),
    preset: Type.Optional(
      Type.Enum([...PRESETS], { description: 'Host APIs of an isolate. Default: agent.' }),
    ),
    input: Type.Optional(
      Type.Unknown({ description: 'Any JSON; the script reads it as `input`.' }),
    ),
    env: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1, maxLength: 256 }),
            value: Type.String({ maxLength: 32_768 }),
          },
          closed,
        ),
        { maxItems: 128, description: 'The script reads them as `env.NAME`.' },
      ),
    ),
    limits: Type.Optional(ScriptLimitsSchema),
    permissions: Type.Optional(PermissionsSchema),
    schedule: Type.Optional(ScheduleSchema),
    reuse: Type.Optional(Type.Enum([...REUSES], { description: 'Default: none.' })),
    suspend: Type.Optional(Type.Boolean({ description: 'Keep the schedule from starting runs.' })),
    history: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: 'Runs kept on record. Default: 50.' }),
    ),
  },
  closed,
);
export type SandboxScriptSpec = Static<typeof SandboxScriptSpecSchema>;

/** What a tenant writes: a script, what it may use, and when it runs. */
export const SandboxScriptSchema = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('SandboxScript'),
    metadata: MetadataSchema,
    spec: SandboxScriptSpecSchema,
    status: Type.Optional(Type.Unknown()),
  },
  closed,
);
export type SandboxScript = Static<typeof SandboxScriptSchema>;
