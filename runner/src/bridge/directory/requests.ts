import { GuestFault } from '../capability.ts';
import type { FilesRequest } from './stream.ts';

const MAX_PATH = 4_096;

/** What a guest asks of its files, one of these methods; it may be anything. */
export function readRequest(
  json: unknown,
  methods: readonly FilesRequest['method'][],
): FilesRequest {
  const { method, path, to, recursive } = Object(json) as Partial<FilesRequest>;
  if (!methods.includes(method!)) throw malformed();
  if (recursive !== undefined && typeof recursive !== 'boolean') throw malformed();
  if (method === 'rename') return { method, path: readPath(path), to: readPath(to) };
  return { method: method!, path: readPath(path), ...(recursive !== undefined && { recursive }) };
}

export function readId(json: unknown): number {
  const { id } = Object(json) as { id?: unknown };
  if (Number.isSafeInteger(id)) return id as number;
  throw malformed();
}

function readPath(path: unknown): string {
  if (typeof path !== 'string') throw malformed();
  if (path.length <= MAX_PATH) return path;
  throw new GuestFault('NotAllowedError', 'the path is too long');
}

function malformed(): GuestFault {
  return new GuestFault('TypeError', 'The call to the host is malformed');
}
