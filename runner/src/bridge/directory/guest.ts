import type { GuestGroup } from '../../guest/core.ts';
import { FileSystemDirectoryHandle, getDirectory } from './guest/directory-handle.ts';
import { FileSystemFileHandle } from './guest/file-handle.ts';
import { FileSystemHandle } from './guest/handle.ts';
import { FileSystemWritableFileStream } from './guest/writable-file.ts';

export const install: GuestGroup = () => ({
  FileSystemDirectoryHandle,
  FileSystemFileHandle,
  FileSystemHandle,
  FileSystemWritableFileStream,
  getDirectory,
});
