import { denied, segmentsOf } from '../bindings/files/segments.ts';
import type { FileBindings } from '../types.ts';

export interface FilePart {
  root: string;
  allowWrite?: boolean;
}

/** A folder of a guest's own files, for a child of it: what leads out of it is refused. */
export function partOfFiles(
  files: FileBindings,
  { root, allowWrite = false }: FilePart,
): FileBindings {
  const folder = segmentsOf(root);
  const at = (path: string) => `/${[...folder, ...segmentsOf(path)].join('/')}`;
  const { readFile, readdir, stat } = files;
  return {
    ...(readFile && { readFile: async (path, context) => readFile.call(files, at(path), context) }),
    ...(readdir && { readdir: async (path, context) => readdir.call(files, at(path), context) }),
    ...(stat && { stat: async (path, context) => stat.call(files, at(path), context) }),
    ...(allowWrite ? writersOf(files, at) : REFUSED),
  };
}

function writersOf(files: FileBindings, at: (path: string) => string): FileBindings {
  const { writeFile, unlink, mkdir, rmdir, rename } = files;
  return {
    ...(writeFile && {
      // eslint-disable-next-line max-params -- as the binding has them
      writeFile: async (path, data, context) => writeFile.call(files, at(path), data, context),
    }),
    ...(unlink && { unlink: async (path, context) => unlink.call(files, at(path), context) }),
    ...(mkdir && {
      mkdir: async (path, options, context) => mkdir.call(files, at(path), options, context),
    }),
    ...(rmdir && { rmdir: async (path, context) => rmdir.call(files, at(path), context) }),
    ...(rename && {
      rename: async (from, to, context) => rename.call(files, at(from), at(to), context),
    }),
  };
}

async function refuse(): Promise<never> {
  throw denied('writing is not allowed');
}

const REFUSED: FileBindings = {
  writeFile: refuse,
  unlink: refuse,
  mkdir: refuse,
  rmdir: refuse,
  rename: refuse,
};
