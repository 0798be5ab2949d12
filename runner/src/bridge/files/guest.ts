import type { GuestGroup } from '../../guest/core.ts';
import { Blob, blobOfBytes, bytesOfBlob, isBlob, typeOfBlob } from './guest/blob.ts';
import { replaceEndings } from './guest/blob-parts.ts';
import { cloneFile, File, fileFrom, fileOfBytes, isFile, nameOfFile } from './guest/file.ts';
import { parameterOf, parseMime, serializeMime } from './guest/mime-type.ts';

const internals = {
  blobOfBytes,
  bytesOfBlob,
  cloneFile,
  fileFrom,
  fileOfBytes,
  isBlob,
  isFile,
  nameOfFile,
  parameterOf,
  parseMime,
  serializeMime,
  replaceEndings,
  typeOfBlob,
};

/** What other groups use of this one, beside its globals. */
export type FilesGroup = typeof internals & { Blob: typeof Blob; File: typeof File };

export const install: GuestGroup = () => ({ ...internals, Blob, File });
