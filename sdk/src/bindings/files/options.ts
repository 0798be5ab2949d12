import { CofferdamError } from '@cofferdam/protocol';

/** Which folder a guest gets, and whether it may change it. */
export interface FileBindingsOptions {
  /** The folder that a guest sees as `/`. Relative to this process's working directory. */
  root: string;
  /** Whether a guest may change anything. Default false. */
  allowWrite?: boolean;
  /** Bytes of the largest file that is read or written, at most 64 MiB. Default 64 MiB. */
  maxFileBytes?: number;
}

const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface CheckedOptions {
  root: string;
  allowWrite: boolean | undefined;
  maxFileBytes: number;
}

/** Why an option is wrong, by its name; what is fine is absent. */
const CHECKS: Record<string, (value: unknown) => string | undefined> = {
  root: (value) =>
    typeof value === 'string' && value !== '' ? undefined : 'must be the path of a folder',
  allowWrite: (value) =>
    value === undefined || typeof value === 'boolean' ? undefined : 'must be true or false',
  maxFileBytes: (value) =>
    value === undefined || (Number.isInteger(value) && isWithin(value as number, MAX_FILE_BYTES))
      ? undefined
      : `must be a whole number up to ${MAX_FILE_BYTES}`,
};

export function fileOptions(options: FileBindingsOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) throw invalid('options: must be an object');
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined) throw invalid(`unknown option '${unknown}'`);
  for (const [name, check] of Object.entries(CHECKS)) {
    const problem = check(options[name as keyof FileBindingsOptions]);
    if (problem !== undefined) throw invalid(`${name}: ${problem}`);
  }
  const { root, allowWrite, maxFileBytes = MAX_FILE_BYTES } = options;
  return { root, allowWrite, maxFileBytes };
}

function isWithin(value: number, maximum: number): boolean {
  return value >= 0 && value <= maximum;
}

function invalid(message: string): CofferdamError {
  return new CofferdamError('INVALID_INPUT', `createFileBindings: ${message}`);
}
