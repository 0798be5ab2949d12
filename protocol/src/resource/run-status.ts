import { Type, type Static } from '../schema/typebox.ts';
import { conditions } from './condition.ts';
import { timestamp } from './fields.ts';
import { exitReason, layers, observedGeneration, runId } from './script-status.ts';

/** What of a run's answer its status has room for; the record has all of it. */
export const MAX_STATUS_RESULT_BYTES = 32 * 1024;
export const MAX_STATUS_OUTPUT_BYTES = 8 * 1024;
export const MAX_STATUS_ERROR_BYTES = 1024;

const milliseconds = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, description: `${description}, in milliseconds.` }));

/** What is known of one execution. */
export const RunStatusSchema = Type.Object(
  {
    observedGeneration,
    conditions: conditions(
      'Complete: it has succeeded. Failed: it has ended otherwise, or could not start.',
    ),
    phase: Type.Optional(
      Type.Enum(['Pending', 'Running', 'Succeeded', 'Failed'], {
        description: 'Where it is. The conditions say why.',
      }),
    ),
    runId: Type.Optional(runId),
    exitReason: Type.Optional(exitReason),
    result: Type.Optional(
      Type.String({
        maxLength: MAX_STATUS_RESULT_BYTES,
        description: 'What the script returned, as JSON text.',
      }),
    ),
    resultTruncated: Type.Optional(
      Type.Boolean({ description: 'The result was too large; its record has all of it.' }),
    ),
    output: Type.Optional(
      Type.String({
        maxLength: MAX_STATUS_OUTPUT_BYTES,
        description: 'The last console lines.',
      }),
    ),
    error: Type.Optional(
      Type.Object(
        {
          name: Type.String({ maxLength: 256, description: 'Its name or code.' }),
          message: Type.String({ maxLength: MAX_STATUS_ERROR_BYTES, description: 'What it says.' }),
        },
        { description: 'Why it failed.' },
      ),
    ),
    startedAt: Type.Optional(timestamp('When a runner took it.')),
    completedAt: Type.Optional(timestamp('When it ended.')),
    durationMs: milliseconds('How long it took'),
    queuedMs: milliseconds('How long it waited for a runner'),
    traceId: Type.Optional(
      Type.String({ maxLength: 64, description: 'The id of its OpenTelemetry trace.' }),
    ),
    layers: Type.Optional(layers),
  },
  { description: 'What is known of the run. Written by the operator.' },
);
export type RunStatus = Static<typeof RunStatusSchema>;
