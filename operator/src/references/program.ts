import {
  MAX_CODE_BYTES,
  type EnvVar,
  type InlineScript,
  type ScriptReferences,
} from '@cofferdam/protocol';
import { sourceProblem } from '../sources/meaning.ts';
import { credentialsOf } from './credentials.ts';
import { no, textOf, textOfEither, type Obstacle, type TextContext } from './texts.ts';

/** The texts that a program refers to; the first that is missing is the obstacle. */
export function resolveTexts(
  program: InlineScript,
  context: TextContext,
): { references: ScriptReferences } | Obstacle {
  const source = sourceOf(program, context);
  if ('obstacle' in source) return source;
  const env = envOf(program.env ?? [], context);
  if ('obstacle' in env) return env;
  const credentials = credentialsOf(program.permissions?.net ?? [], context);
  if ('obstacle' in credentials) return credentials;
  return { references: { ...source, ...env, ...credentials } };
}

function sourceOf(
  { engine, source }: InlineScript,
  context: TextContext,
): { source?: string } | Obstacle {
  if (!source.configMapKeyRef) return {};
  const found = textOf('ConfigMap', source.configMapKeyRef, context);
  if ('obstacle' in found) return found;
  const { text } = found;
  if (Buffer.byteLength(text) > MAX_CODE_BYTES) {
    return no('InvalidSource', `the source is larger than ${MAX_CODE_BYTES} bytes`);
  }
  const problem = sourceProblem(engine, text);
  return problem === undefined ? { source: text } : no('InvalidSource', `the source ${problem}`);
}

function envOf(
  variables: readonly EnvVar[],
  context: TextContext,
): { env: Record<string, string> } | Obstacle {
  const env: Record<string, string> = {};
  for (const { name, valueFrom } of variables) {
    if (!valueFrom) continue;
    const found = valueOf(valueFrom, context);
    if ('obstacle' in found) return found;
    if (found.text !== undefined) env[name] = found.text;
  }
  return { env };
}

/** The value of a variable; none where it is optional and there is nothing. */
function valueOf(
  valueFrom: NonNullable<EnvVar['valueFrom']>,
  context: TextContext,
): { text?: string } | Obstacle {
  const found = textOfEither(valueFrom, context);
  const ref = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  const isMissing = 'obstacle' in found && found.obstacle.status === 'False';
  return isMissing && ref?.optional ? {} : found;
}
