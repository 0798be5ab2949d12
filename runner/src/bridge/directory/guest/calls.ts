import { core, primordials } from '../../../guest/captured.ts';
import type { HostAnswer } from '../../../guest/core.ts';
import { list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { own } from './own.ts';

const { typedLength, typedSet, Uint8Array } = primordials;
const { ownBuffer } = core.use<EncodingGroup>('encoding');

/** What crosses at once of a file that is written. */
const PIECE_BYTES = 1024 * 1024;

let lastId = 0;

/** Why an operation failed, as the embedder tells it: a DOMException's name, or an `E…:` message. */
export interface FileError {
  name: string;
  message: string;
}

export interface FileStat {
  isFile: boolean;
  isDirectory: boolean;
  size: number;
  lastModified?: number;
}

/** Without prototypes throughout, so that what is missing cannot be a guest's. */
export interface FileAnswer {
  error?: FileError;
  names?: string[];
  stat?: FileStat;
}

interface Request {
  method: 'unlink' | 'readdir' | 'mkdir' | 'rmdir' | 'stat' | 'rename';
  path: string;
  to?: string;
  recursive?: boolean;
}

function answerOf({ json }: HostAnswer): FileAnswer & { done?: boolean } {
  const answer = record(json as FileAnswer & { done?: boolean });
  if (answer.error) record(answer.error);
  if (answer.stat) record(answer.stat);
  return answer;
}

/** An operation without bytes. */
export async function ask(request: Request): Promise<FileAnswer> {
  return answerOf(await own(core.hostCall('files', 'run', record(request))));
}

export async function readBytes(
  path: string,
): Promise<{ error?: FileError | undefined; bytes: Uint8Array<ArrayBuffer> }> {
  const id = ++lastId;
  const pieces = list<Uint8Array>();
  let size = 0;
  let answer = await own(core.hostCall('files', 'open', record({ id, path })));
  while (answer.bytes) {
    const piece = new Uint8Array(answer.bytes);
    pieces[pieces.length] = piece;
    size += typedLength(piece);
    // eslint-disable-next-line no-await-in-loop -- one piece after the other
    answer = await own(core.hostCall('files', 'read', record({ id })));
  }
  const { error } = answerOf(answer);
  return record({ error, bytes: joined(pieces, error ? 0 : size) });
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0, at = 0; at < size; i++) {
    typedSet(bytes, pieces[i]!, at);
    at += typedLength(pieces[i]);
  }
  return bytes;
}

/** Writes a whole file. The bytes have to stay as they are until it is done. */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<FileAnswer> {
  const id = ++lastId;
  const refused = answerOf(await own(core.hostCall('files', 'create', record({ id, path }))));
  if (refused.error) return refused;
  const size = typedLength(bytes);
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const end = at + PIECE_BYTES < size ? at + PIECE_BYTES : size;
    const piece = ownBuffer(bytes, at, end);
    // eslint-disable-next-line no-await-in-loop -- one piece after the other
    await own(core.hostCall('files', 'write', record({ id }), piece));
  }
  return answerOf(await own(core.hostCall('files', 'finish', record({ id }))));
}
