/// <reference path="./buffer.d.ts" />
/// <reference path="./blob.d.ts" />
/// <reference path="./url.d.ts" />

/** The part of Node's module that a guest has on top of the files binding. */
declare module 'node:fs/promises' {
  type PathLike = string | Buffer | URL;
  type Data = string | BufferSource | Blob;
  interface Encoded {
    encoding: BufferEncoding;
  }
  interface WriteOptions {
    encoding?: BufferEncoding | null;
    /** `w` replaces the file, `wx` too but only makes new ones, `a` adds to it. Default `w`. */
    flag?: 'w' | 'wx' | 'a';
  }
  interface Kind {
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
  }
  export interface Stats extends Kind {
    size: number;
    mode: number;
    mtimeMs: number;
    mtime: Date;
  }
  export interface Dirent extends Kind {
    name: string;
    parentPath: string;
  }
  export function readFile(path: PathLike, options: Encoded | BufferEncoding): Promise<string>;
  export function readFile(path: PathLike, options?: { encoding?: null } | null): Promise<Buffer>;
  export function writeFile(
    path: PathLike,
    data: Data,
    options?: WriteOptions | BufferEncoding | null,
  ): Promise<void>;
  /** Reads and writes the whole file: what others write meanwhile is lost. */
  export function appendFile(
    path: PathLike,
    data: Data,
    options?: Partial<Encoded> | BufferEncoding | null,
  ): Promise<void>;
  export function readdir(path: PathLike, options: { withFileTypes: true }): Promise<Dirent[]>;
  export function readdir(path: PathLike, options?: { withFileTypes?: false }): Promise<string[]>;
  export function mkdir(path: PathLike, options?: { recursive?: boolean }): Promise<undefined>;
  export function rmdir(path: PathLike): Promise<void>;
  export function unlink(path: PathLike): Promise<void>;
  export function rm(
    path: PathLike,
    options?: { recursive?: boolean; force?: boolean },
  ): Promise<void>;
  export function stat(path: PathLike): Promise<Stats>;
  export function lstat(path: PathLike): Promise<Stats>;
  /** Whether it is there; what may be done with it shows when it is done. */
  export function access(path: PathLike, mode?: number): Promise<void>;
  export function rename(oldPath: PathLike, newPath: PathLike): Promise<void>;
  export function copyFile(source: PathLike, target: PathLike, mode?: number): Promise<void>;
  export const constants: {
    readonly F_OK: 0;
    readonly X_OK: 1;
    readonly W_OK: 2;
    readonly R_OK: 4;
    readonly COPYFILE_EXCL: 1;
  };
  const all: {
    access: typeof access;
    appendFile: typeof appendFile;
    constants: typeof constants;
    copyFile: typeof copyFile;
    lstat: typeof lstat;
    mkdir: typeof mkdir;
    readFile: typeof readFile;
    readdir: typeof readdir;
    rename: typeof rename;
    rm: typeof rm;
    rmdir: typeof rmdir;
    stat: typeof stat;
    unlink: typeof unlink;
    writeFile: typeof writeFile;
  };
  export default all;
}
declare module 'fs/promises' {
  export * from 'node:fs/promises';
  export { default } from 'node:fs/promises';
}
