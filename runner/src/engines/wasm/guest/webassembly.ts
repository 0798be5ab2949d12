/**
 * The parts of WebAssembly's JavaScript interface that the engine uses, with the types of imports
 * and exports that `--experimental-wasm-type-reflection` adds: without them a stub could not know
 * what to return, nor an argument what it must be.
 */
export type ValueType = string;

export interface FunctionType {
  parameters: ValueType[];
  results: ValueType[];
}

export interface GlobalType {
  value: ValueType;
  mutable: boolean;
}

export interface MemoryType {
  minimum: number | bigint;
  maximum?: number | bigint;
  shared?: boolean;
  address?: string;
}

export interface TableType {
  element: ValueType;
  minimum: number | bigint;
  maximum?: number | bigint;
  address?: string;
}

interface Kinds {
  function: FunctionType;
  global: GlobalType;
  memory: MemoryType;
  table: TableType;
  tag: FunctionType | undefined;
}

export type Item<K extends keyof Kinds = keyof Kinds> = {
  [P in K]: { kind: P; name: string; type: Kinds[P] };
}[K];

export type ImportItem<K extends keyof Kinds = keyof Kinds> = Item<K> & { module: string };

export type Imports = Record<string, Record<string, unknown>>;

export interface Memory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

export type Module = object;

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyInterface {
  Module: {
    new (bytes: ArrayBuffer): Module;
    imports(module: Module): ImportItem[];
    exports(module: Module): Item[];
  };
  Instance: new (module: Module, imports: Imports) => Instance;
  Memory: new (type: object) => Memory;
  Table: new (type: object) => object;
  Tag: new (type: object) => object;
  Global: new (type: GlobalType, value?: number | bigint) => object;
  CompileError: new (message: string) => Error;
}

export const { Module, Instance, Memory, Table, Tag, Global, CompileError } = (
  globalThis as unknown as { WebAssembly: WebAssemblyInterface }
).WebAssembly;
