import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { FileError } from '../../directory/guest/calls.ts';

const { defineProperty, Error, hasOwn, regexpExec, stringIndexOf, stringSlice } = primordials;

/** As Linux numbers them, and as Node words them. */
const SYSTEM: Record<string, [number: number, message: string]> = record({
  EPERM: [-1, 'operation not permitted'],
  ENOENT: [-2, 'no such file or directory'],
  EIO: [-5, 'i/o error'],
  EACCES: [-13, 'permission denied'],
  EEXIST: [-17, 'file already exists'],
  ENOTDIR: [-20, 'not a directory'],
  EISDIR: [-21, 'illegal operation on a directory'],
  EINVAL: [-22, 'invalid argument'],
  EFBIG: [-27, 'file too large'],
  ENOSPC: [-28, 'no space left on device'],
  EROFS: [-30, 'read-only file system'],
  ENAMETOOLONG: [-36, 'name too long'],
  ENOTEMPTY: [-39, 'directory not empty'],
  ELOOP: [-40, 'too many symbolic links encountered'],
});

/** What an embedder's own error is to somebody who knows Node's. */
const CODES: Record<string, string> = record({
  NotFoundError: 'ENOENT',
  TypeMismatchError: 'ENOTDIR',
  NotAllowedError: 'EACCES',
  InvalidModificationError: 'EEXIST',
  NoModificationAllowedError: 'EROFS',
  QuotaExceededError: 'EFBIG',
  SyntaxError: 'EINVAL',
});

const CODE = /^E[A-Z0-9]+(?=: )/;

export interface Where {
  syscall: string;
  path: string;
  dest?: string | undefined;
}

function codeOf({ name, message }: FileError): string {
  const found = regexpExec(CODE, message);
  if (found && hasOwn(SYSTEM, found[0])) return found[0];
  if (name === 'TypeMismatchError' && stringIndexOf(message, 'it is a directory') !== -1) {
    return 'EISDIR';
  }
  return hasOwn(CODES, name) ? CODES[name]! : 'EIO';
}

/** An error as Node's: `ENOENT: no such file or directory, open '/x'`. */
export function systemError(code: string, { syscall, path, dest }: Where, why = ''): Error {
  const system = SYSTEM[code] ?? SYSTEM.EIO!;
  const target = dest === undefined ? '' : ` -> '${dest}'`;
  const more = why === '' ? '' : ` (${why})`;
  const error = new Error(`${code}: ${system[1]}, ${syscall} '${path}'${target}${more}`);
  define(error, 'errno', system[0]);
  define(error, 'code', code);
  define(error, 'syscall', syscall);
  define(error, 'path', path);
  if (dest !== undefined) define(error, 'dest', dest);
  return error;
}

/** What an embedder said of a failure, unless it is only the system's own word for it. */
export function failureOf(error: FileError, where: Where): Error {
  const isSystems = regexpExec(CODE, error.message) !== null;
  return systemError(codeOf(error), where, isSystems ? '' : stringSlice(error.message, 0, 256));
}

function define(error: Error, name: string, value: unknown): void {
  const descriptor = { value, writable: true, enumerable: true, configurable: true };
  defineProperty(error, name, record(descriptor));
}
