import type { Static, TObject } from './typebox.ts';
import { CofferdamError } from '../error/cofferdam-error.ts';
import { checker, describeProblems } from './validate.ts';

const PREFIX = 'COFFERDAM_';

/** A part's settings: each is an environment variable, `COFFERDAM_` and the setting's name. */
export interface Settings<S extends TObject> {
  /** Reads them once; an empty variable counts as one that is not set. Throws `INVALID_CONFIG`. */
  read(environment: Readonly<Record<string, string | undefined>>): Readonly<Static<S>>;
  /** `COFFERDAM_RUNNER_IMAGE` for `runnerImage`. */
  variableOf(setting: string): string;
}

/** Reads what a flat schema describes, with its defaults. */
export function settingsOf<S extends TObject>(schema: S): Settings<S> {
  const check = checker(schema);
  return {
    variableOf,
    read(environment) {
      const given: Record<string, unknown> = {};
      for (const [setting, field] of Object.entries(schema.properties)) {
        const value = valueOf(field, environment[variableOf(setting)]);
        if (value !== undefined) given[setting] = value;
      }
      const checked = check(given);
      if (checked.ok) return Object.freeze(checked.value);
      const problems = checked.problems.map(({ path, message }) => {
        return { path: path === '' ? '' : variableOf(path), message };
      });
      throw new CofferdamError('INVALID_CONFIG', describeProblems(problems));
    },
  };
}

function variableOf(setting: string): string {
  return PREFIX + setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** What is no number, or neither true nor false, stays text, which the schema then refuses. */
function valueOf(field: object, text: string | undefined): unknown {
  if (text === undefined || text === '') return 'default' in field ? field.default : undefined;
  const type = 'type' in field ? field.type : undefined;
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return type === 'integer' && /^\d+$/.test(text) ? Number(text) : text;
}
