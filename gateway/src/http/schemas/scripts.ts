import { SandboxScriptSpecSchema, ScriptStatusSchema } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { titled } from './titled.ts';

/** What is answered of scripts, for OpenAPI alone. */
export const ScriptAnswerSchema = titled(
  'Script',
  Type.Object(
    {
      namespace: Type.String(),
      name: Type.String(),
      file: Type.Optional(Type.String({ description: 'Where it was read from.' })),
      generation: Type.Integer(),
      spec: Type.Optional(titled('ScriptSpec', SandboxScriptSpecSchema)),
      status: titled('ScriptStatus', ScriptStatusSchema),
      running: Type.Integer({ description: 'Runs under way.' }),
    },
    { description: 'A script; without a valid one `spec` is absent and Ready says why.' },
  ),
);

export const ScriptListAnswerSchema = titled(
  'ScriptList',
  Type.Object({ scripts: Type.Array(ScriptAnswerSchema) }),
);
export type ScriptListAnswer = Static<typeof ScriptListAnswerSchema>;
