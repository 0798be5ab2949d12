import {
  codeOfExit,
  CofferdamError,
  EvalOutcomeSchema,
  parseJson,
  parser,
  type EvalOutcome,
  type RuntimeEnd,
} from '@cofferdam/protocol';
import { ScriptError } from './script-error.ts';

const read = parser(EvalOutcomeSchema, 'PROTOCOL_VIOLATION');
/** As deep as a guest's result may nest. */
const MAX_VALUE_DEPTH = 1_000;

/** An eval's answer, checked: a runner may be hostile. */
export function readOutcome(answer: unknown): EvalOutcome {
  return read(answer);
}

/** The value of an eval that went well; throws what it ended with otherwise. */
export function valueOf({ exitReason, value, error }: EvalOutcome): unknown {
  if (exitReason === 'Completed') {
    return value === undefined ? undefined : parseJson(value, { maxDepth: MAX_VALUE_DEPTH });
  }
  if (exitReason === 'Exception' || exitReason === 'CompileError') {
    throw new ScriptError(exitReason, error ?? { name: 'Error', message: '' });
  }
  throw new CofferdamError(codeOfExit(exitReason), error?.message);
}

/** Why a runtime is over, as later calls are told. */
export function endError({ exitReason, message }: RuntimeEnd): CofferdamError {
  return new CofferdamError('RUNTIME_ENDED', `${exitReason}: ${message}`);
}

/** The same, from the answer of the eval that ended it. */
export function endOf({ exitReason, error }: EvalOutcome): CofferdamError {
  return endError({ exitReason, message: error?.message ?? 'the guest was ended' });
}
