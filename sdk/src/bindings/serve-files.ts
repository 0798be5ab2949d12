import {
  abortable,
  CofferdamError,
  type FilesAnswer,
  type FilesQuery,
  type IncomingCall,
} from '@cofferdam/protocol';
import type { FileBindings, FileStat, HostCallContext } from '../types.ts';
import { fileFailure } from './file-failure.ts';
import type { BindingScope } from './scope.ts';

/** A file is held whole on its way; a guest could not hold more either. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_NAMES = 100_000;

interface Operation {
  query: FilesQuery;
  call: IncomingCall;
  context: HostCallContext;
}

interface Operands extends Omit<Operation, 'query'> {
  scope: Pick<BindingScope, 'transfers' | 'fileOperations'>;
}

type Method = (files: FileBindings, operation: Operation) => Promise<FilesAnswer>;

const METHODS: Record<FilesQuery['method'], Method> = {
  readFile: async (files, { query, call, context }) => {
    const data: unknown = await given(files, 'readFile')(query.path, context);
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (!(bytes instanceof Uint8Array)) throw new TypeError('readFile answered no ArrayBuffer');
    if (bytes.byteLength > MAX_FILE_BYTES) throw tooLarge();
    await call.write(bytes);
    call.end();
    return {};
  },
  writeFile: async (files, { query, call, context }) => {
    const write = given(files, 'writeFile');
    await write(query.path, await wholeOf(call), context);
    return {};
  },
  unlink: async (files, { query, context }) => {
    await given(files, 'unlink')(query.path, context);
    return {};
  },
  readdir: async (files, { query, context }) => {
    const names: unknown = await given(files, 'readdir')(query.path, context);
    const isList = Array.isArray(names) && names.every((name) => typeof name === 'string');
    if (!isList) throw new TypeError('readdir answered no list of names');
    if (names.length > MAX_NAMES) throw tooLarge();
    return { names };
  },
  mkdir: async (files, { query, context }) => {
    const { path, recursive } = query;
    const options = recursive === undefined ? undefined : { recursive };
    await given(files, 'mkdir')(path, options, context);
    return {};
  },
  rmdir: async (files, { query, context }) => {
    await given(files, 'rmdir')(query.path, context);
    return {};
  },
  stat: async (files, { query, context }) => {
    return { stat: statOf(await given(files, 'stat')(query.path, context)) };
  },
  rename: async (files, { query, context }) => {
    if (query.to === undefined) throw new CofferdamError('PROTOCOL_VIOLATION', 'rename to nothing');
    await given(files, 'rename')(query.path, query.to, context);
    return {};
  },
};

const TRANSFERS: ReadonlySet<string> = new Set(['readFile', 'writeFile']);

/** Answers one operation on files; what a binding throws is in the answer. */
export async function serveFiles(
  files: FileBindings,
  query: FilesQuery,
  { call, context, scope }: Operands,
): Promise<FilesAnswer> {
  try {
    const { signal } = context;
    const slots = TRANSFERS.has(query.method) ? scope.transfers : scope.fileOperations;
    const work = () => METHODS[query.method](files, { query, call, context });
    return await abortable(
      // A binding that hangs keeps its place for as long as it is asked, and no longer.
      slots.use(signal, () => abortable(work(), signal)),
      signal,
    );
  } catch (error) {
    return { error: fileFailure(error) };
  }
}

function given<M extends FilesQuery['method']>(
  files: FileBindings,
  method: M,
): NonNullable<FileBindings[M]> {
  const found = files[method];
  // Bound, since bindings may be an object of a class.
  if (found) return found.bind(files) as NonNullable<FileBindings[M]>;
  throw new DOMException(`the host gave no files.${method} binding`, 'NotAllowedError');
}

async function wholeOf({ data }: IncomingCall): Promise<ArrayBuffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of data) {
    size += piece.byteLength;
    if (size > MAX_FILE_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole.buffer;
}

function statOf(stat: FileStat): NonNullable<FilesAnswer['stat']> {
  const { isFile, isDirectory, size, lastModified } = stat;
  return {
    isFile: Boolean(isFile),
    isDirectory: Boolean(isDirectory),
    size: Number(size),
    ...(lastModified === undefined ? {} : { lastModified: Number(lastModified) }),
  };
}

function tooLarge(): DOMException {
  return new DOMException('it is larger than a guest may have at once', 'QuotaExceededError');
}
