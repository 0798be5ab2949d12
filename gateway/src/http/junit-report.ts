import {
  checker,
  CofferdamError,
  junitXml,
  parseJson,
  TestResultsSchema,
} from '@cofferdam/protocol';
import type { RunRecord } from '../core/records/records.ts';

export const JUNIT_TYPE = 'application/xml; charset=utf-8';
/** A result nests at most so deep. */
const MAX_DEPTH = 256;

const check = checker(TestResultsSchema);

/** The results of a check as JUnit's XML; throws `RUN_NOT_FOUND` for a run that has none on record. */
export function junitOf({ value, name, script }: RunRecord): string {
  const checked =
    value === undefined ? undefined : check(parseJson(value, { maxDepth: MAX_DEPTH }));
  if (!checked?.ok) {
    throw new CofferdamError('RUN_NOT_FOUND', 'no results of tests are on record for this run');
  }
  return junitXml(checked.value, {
    name: script ? `${script.namespace}/${script.name}` : name,
  });
}

/** Whether a client would rather have XML than JSON. */
export function wantsJunit(accept: string | undefined): boolean {
  const types = (accept ?? '').split(',').map((type) => type.split(';', 1)[0]!.trim());
  const xml = types.findIndex((type) => type === 'application/xml' || type === 'text/xml');
  const json = types.findIndex((type) => type === 'application/json' || type === '*/*');
  return xml !== -1 && (json === -1 || xml < json);
}
