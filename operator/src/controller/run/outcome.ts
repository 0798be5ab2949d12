import {
  checker,
  parser,
  RunResultSchema,
  withoutUnknown,
  type ControlOutcome,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';

/** The latest moment that a date can be. */
const MAX_TIME_MS = 8.64e15;
const milliseconds = () => Type.Number({ minimum: 0, maximum: MAX_TIME_MS / 4 });

const OutcomeSchema = Type.Object({
  runId: Type.String({ maxLength: 64 }),
  traceId: Type.String({ maxLength: 64 }),
  startedAt: milliseconds(),
  durationMs: milliseconds(),
  queuedMs: milliseconds(),
  result: RunResultSchema,
});

const check = checker(OutcomeSchema);
const parse = parser(OutcomeSchema, 'PROTOCOL_VIOLATION');

/** Reads how a run went: a gateway says it, and a runner's word is in it. Throws `PROTOCOL_VIOLATION`. */
export function readOutcome(outcome: unknown): ControlOutcome {
  const checked = check(outcome);
  // Fields of a gateway that is newer are nothing to us.
  return checked.ok ? checked.value : parse(withoutUnknown(OutcomeSchema, outcome));
}
