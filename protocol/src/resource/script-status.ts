import { Type, type Static } from '../schema/typebox.ts';
import type { ExitReason } from '../run/exit-reason.ts';
import type { Layer } from '../run/guest-options.ts';
import { conditions } from './condition.ts';
import { timestamp } from './fields.ts';

/** The generation that a status is about. */
export const observedGeneration = Type.Integer({
  minimum: 0,
  description: 'The generation of the resource that this status is about.',
});

/** Not the closed set: an API server with an older CRD must not refuse the status of a newer operator. */
export const exitReason = Type.Unsafe<ExitReason>(
  Type.String({ maxLength: 64, description: 'How the run ended; only Completed is a success.' }),
);

export const layers = Type.Unsafe<Layer[]>(
  Type.Array(Type.String({ maxLength: 32 }), {
    maxItems: 16,
    description: 'What stood between the last run and the machine, outermost last.',
  }),
);

export const runId = Type.String({ maxLength: 64, description: 'The id of its record.' });

const RunSummarySchema = Type.Object({
  runId,
  startedAt: timestamp('When the run started.'),
  durationMs: Type.Integer({ minimum: 0, description: 'How long it took, in milliseconds.' }),
  exitReason,
  trigger: Type.Enum(['schedule', 'manual', 'http'], { description: 'What started it.' }),
  summary: Type.String({
    maxLength: 1024,
    description: "One line: the error's name and message, or the result cut short.",
  }),
});
export type RunSummary = Static<typeof RunSummarySchema>;

/** What is known of a script; Ready (it could run) and Healthy (its last runs were good) stay apart. */
export const ScriptStatusSchema = Type.Object(
  {
    observedGeneration,
    conditions: conditions('Ready: it could run. Healthy: its last runs were good.'),
    digest: Type.Optional(
      Type.String({ maxLength: 128, description: 'SHA-256 of the source, in hexadecimal.' }),
    ),
    lastRun: Type.Optional({ ...RunSummarySchema, description: 'The newest run.' }),
    recentRuns: Type.Array(RunSummarySchema, { maxItems: 10, description: 'Newest first.' }),
    lastScheduleTime: Type.Optional(
      timestamp(
        'The last time of the schedule that was decided on, whether it ran or was skipped.',
      ),
    ),
    nextRun: Type.Optional(
      timestamp('When the schedule is due next; absent without one or while suspended.'),
    ),
    layers: Type.Optional(layers),
    pool: Type.Optional(
      Type.String({ maxLength: 253, description: 'The SandboxPool that runs it.' }),
    ),
    url: Type.Optional(
      Type.String({
        maxLength: 1024,
        description:
          "Where a server answers: a path at the gateway's address, or `//` and a host with a path.",
      }),
    ),
  },
  { description: 'What is known of the script. Written by the operator.' },
);
export type ScriptStatus = Static<typeof ScriptStatusSchema>;
