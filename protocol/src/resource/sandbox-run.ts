import { Type, type Static } from '../schema/typebox.ts';
import { closed, clusterRules } from './fields.ts';
import { API_VERSION, MetadataSchema, NAME_PATTERN } from './metadata.ts';
import type { RunStatus } from './run-status.ts';
import { ScriptLimitsSchema } from './script-limits.ts';
import { programFields, programRules } from './script-program.ts';

/** An hour: long enough to read what came of it. */
export const DEFAULT_TTL_SECONDS = 3600;

const ScriptRefSchema = Type.Object(
  {
    name: Type.String({
      pattern: NAME_PATTERN,
      maxLength: 63,
      description: 'A SandboxScript in the same namespace.',
    }),
  },
  { ...closed, description: 'The SandboxScript to run. Exactly one of `scriptRef` and `script`.' },
);

const InlineScriptSchema = Type.Object(programFields, {
  ...closed,
  ...clusterRules(...programRules),
  description: 'The script itself. Exactly one of `scriptRef` and `script`.',
});
export type InlineScript = Static<typeof InlineScriptSchema>;

export const SandboxRunSpecSchema = Type.Object(
  {
    scriptRef: Type.Optional(ScriptRefSchema),
    script: Type.Optional(InlineScriptSchema),
    input: Type.Optional(
      Type.Unknown({
        description:
          'Any JSON; the script reads it as `input`. Default: the input of the SandboxScript.',
      }),
    ),
    limits: Type.Optional({
      ...ScriptLimitsSchema,
      description: 'What this run may use, instead of what the script says.',
    }),
    ttlSecondsAfterFinished: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_592_000,
        default: DEFAULT_TTL_SECONDS,
        description:
          'The run is deleted so many seconds after its end, at most 30 days. Default: 3600.',
      }),
    ),
  },
  {
    ...closed,
    ...clusterRules(
      {
        rule: 'has(self.scriptRef) != has(self.script)',
        message: 'spec needs exactly one of `scriptRef` and `script`',
      },
      {
        rule: 'self == oldSelf',
        message: 'spec of a SandboxRun cannot be changed; create another one',
      },
    ),
    description: 'What runs, once. It cannot be changed.',
  },
);
export type SandboxRunSpec = Static<typeof SandboxRunSpecSchema>;

/** One execution on demand. */
export const SandboxRunSchema = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('SandboxRun'),
    metadata: MetadataSchema,
    spec: SandboxRunSpecSchema,
    // Ours, and checked by the API server: an older or newer one must not make the run unreadable.
    status: Type.Optional(Type.Unsafe<RunStatus>({})),
  },
  closed,
);
export type SandboxRun = Static<typeof SandboxRunSchema>;
