/// <reference path="./binary.d.ts" />
/// <reference path="./blob.d.ts" />
/// <reference path="./streams.d.ts" />

/** The folder at this path, under the root that the host gave. Default: the root itself. */
declare function getDirectory(path?: string): Promise<FileSystemDirectoryHandle>;

interface FileSystemHandle {
  readonly kind: 'file' | 'directory';
  readonly name: string;
  isSameEntry(other: FileSystemHandle): Promise<boolean>;
}
declare var FileSystemHandle: { prototype: FileSystemHandle };
interface FileSystemFileHandle extends FileSystemHandle {
  readonly kind: 'file';
  getFile(): Promise<File>;
  /** Where the host allows no writing, closing it rejects. */
  createWritable(options?: { keepExistingData?: boolean }): Promise<FileSystemWritableFileStream>;
}
declare var FileSystemFileHandle: { prototype: FileSystemFileHandle };
interface FileSystemDirectoryHandle extends FileSystemHandle {
  readonly kind: 'directory';
  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileSystemFileHandle>;
  getDirectoryHandle(
    name: string,
    options?: { create?: boolean },
  ): Promise<FileSystemDirectoryHandle>;
  removeEntry(name: string, options?: { recursive?: boolean }): Promise<void>;
  /** The names that lead from here to the other; null where none do. */
  resolve(possibleDescendant: FileSystemHandle): Promise<string[] | null>;
  entries(): AsyncIteratorObject<
    [string, FileSystemFileHandle | FileSystemDirectoryHandle],
    undefined
  >;
  keys(): AsyncIteratorObject<string, undefined>;
  values(): AsyncIteratorObject<FileSystemFileHandle | FileSystemDirectoryHandle, undefined>;
  [Symbol.asyncIterator](): AsyncIteratorObject<
    [string, FileSystemFileHandle | FileSystemDirectoryHandle],
    undefined
  >;
}
declare var FileSystemDirectoryHandle: { prototype: FileSystemDirectoryHandle };

type FileSystemWriteChunk =
  | BufferSource
  | Blob
  | string
  | { type: 'write'; data: BufferSource | Blob | string; position?: number }
  | { type: 'seek'; position: number }
  | { type: 'truncate'; size: number };
/** What is written becomes the file's content when the stream is closed. */
interface FileSystemWritableFileStream extends WritableStream<FileSystemWriteChunk> {
  write(data: FileSystemWriteChunk): Promise<void>;
  seek(position: number): Promise<void>;
  truncate(size: number): Promise<void>;
}
declare var FileSystemWritableFileStream: { prototype: FileSystemWritableFileStream };
