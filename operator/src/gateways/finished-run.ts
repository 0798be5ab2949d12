import { parser, RunResultSchema } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

/** A run that somebody else asked for, over HTTP. */
const FinishedRunSchema = Type.Object({
  uid: Type.String({ maxLength: 64 }),
  namespace: Type.String({ maxLength: 63 }),
  name: Type.String({ maxLength: 253 }),
  trigger: Type.Enum(['schedule', 'manual', 'http']),
  outcome: Type.Object({
    runId: Type.String({ maxLength: 64 }),
    startedAt: Type.Number(),
    durationMs: Type.Number(),
    result: RunResultSchema,
  }),
});
export type ControlNotice = Static<typeof FinishedRunSchema>;

/** Reads what a gateway says of a run: a runner's word is in it. */
export const readFinishedRun = parser(FinishedRunSchema);
