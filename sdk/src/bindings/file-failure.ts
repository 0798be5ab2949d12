import type { FilesAnswer } from '@cofferdam/protocol';
import { guestViewOf } from '../port/error-view.ts';

type Failure = NonNullable<FilesAnswer['error']>;

const MAX_NAME = 64;
const MAX_MESSAGE = 1_024;

/** Errors of the operating system: their messages have the host's paths, so guests are told these. */
const SYSTEM: Record<string, [name: string, message: string]> = {
  ENOENT: ['NotFoundError', 'no such file or directory'],
  EEXIST: ['InvalidModificationError', 'it exists already'],
  ENOTEMPTY: ['InvalidModificationError', 'the directory is not empty'],
  ENOTDIR: ['TypeMismatchError', 'it is no directory'],
  EISDIR: ['TypeMismatchError', 'it is a directory'],
  EACCES: ['NotAllowedError', 'permission denied'],
  EPERM: ['NotAllowedError', 'permission denied'],
  EROFS: ['NotAllowedError', 'the file system is read-only'],
  ELOOP: ['NotAllowedError', 'it leads through a link'],
  ENAMETOOLONG: ['SyntaxError', 'the name is too long'],
  ENOSPC: ['QuotaExceededError', 'no space is left'],
};

/** What a guest is told of a failed operation: a name and a message, never a stack or a host's path. */
export function fileFailure(error: unknown): Failure {
  const { code, isSystems } = systemErrorOf(error);
  if (code !== undefined && (isSystems || code in SYSTEM)) {
    const [name, message] = SYSTEM[code] ?? ['OperationError', 'the operation failed'];
    return { name, message: `${code}: ${message}` };
  }
  const { name, message } = guestViewOf(error);
  const isError = typeof error === 'object' && error !== null;
  if (!isError) return { name: 'OperationError', message: 'the binding failed' };
  return { name: name.slice(0, MAX_NAME), message: message.slice(0, MAX_MESSAGE) };
}

/** A thrown thing may be anything, and its getters may throw. */
function systemErrorOf(error: unknown): { code?: string; isSystems?: boolean } {
  try {
    const { code, syscall } = Object(error) as { code?: unknown; syscall?: unknown };
    return typeof code === 'string' ? { code, isSystems: syscall !== undefined } : {};
  } catch {
    return {};
  }
}
