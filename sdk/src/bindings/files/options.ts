import {
  aBoolean,
  anInteger,
  anObject,
  aText,
  invalid,
  options,
  type Check,
} from '../../options/check.ts';

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
const MAX_PATH = 4_096;

export interface CheckedOptions {
  root: string;
  allowWrite: boolean | undefined;
  maxFileBytes: number;
}

const aFolder: Check<string> = (value, name) => {
  const path = aText(MAX_PATH)(value, name);
  if (!path.includes('\0')) return path;
  throw invalid(name, 'the path of a folder', value);
};

const read = options({
  root: aFolder,
  allowWrite: aBoolean,
  maxFileBytes: anInteger(0, MAX_FILE_BYTES),
});

/** Throws `INVALID_INPUT`, which names the option. */
export function fileOptions(given: FileBindingsOptions): CheckedOptions {
  const { root, allowWrite, maxFileBytes = MAX_FILE_BYTES } = read(anObject(given, ''), '');
  if (root === undefined) throw invalid('root', 'the path of a folder', root);
  return { root, allowWrite, maxFileBytes };
}
