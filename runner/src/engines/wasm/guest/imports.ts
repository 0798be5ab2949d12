import { CallError, meaningOf, shortList, valueOf, zeroOf, type Given } from './values.ts';
import {
  Global,
  Memory,
  Table,
  Tag,
  type FunctionType,
  type ImportItem,
  type Imports,
  type MemoryType,
  type TableType,
} from './webassembly.ts';

export type Constants = Record<string, Record<string, Given>>;

export interface Provided {
  imports: Imports;
  /** What nobody provided, as `module.name`: functions that return zero, globals that are zero. */
  stubs: string[];
  /** The first imported memory. */
  memory: Memory | undefined;
}

export interface ImportSources {
  /** Values for imported globals, by module and name. */
  constants: Constants;
  /** A function of the host's for an imported one, if it has one. */
  hostFunction(module: string, name: string): ((...args: any[]) => unknown) | undefined;
}

/**
 * Something for everything a module imports: a host's function, a constant, or a stub. Throws a
 * CallError for a constant that no imported global takes.
 */
export function provideImports(items: readonly ImportItem[], sources: ImportSources): Provided {
  const provided: Provided = {
    imports: Object.create(null) as Imports,
    stubs: [],
    memory: undefined,
  };
  for (const item of items) {
    const names = (provided.imports[item.module] ??= Object.create(null) as Record<
      string,
      unknown
    >);
    names[item.name] = provideOne(item, sources, provided);
  }
  refuseUnused(items, sources.constants);
  return provided;
}

function provideOne(item: ImportItem, sources: ImportSources, provided: Provided): unknown {
  switch (item.kind) {
    case 'function': {
      const found = sources.hostFunction(item.module, item.name);
      if (!found) provided.stubs.push(pathOf(item));
      return found ?? stubOf(item.type);
    }
    case 'global':
      return provideGlobal(item, sources.constants, provided.stubs);
    case 'memory': {
      const memory = new Memory(memoryType(item.type));
      provided.memory ??= memory;
      return memory;
    }
    case 'table':
      return new Table(tableType(item.type));
    case 'tag':
      return provideTag(item);
  }
}

function provideGlobal(item: ImportItem<'global'>, constants: Constants, stubs: string[]): object {
  const { value: type } = item.type;
  const given = constantOf(constants, item);
  if (given !== undefined) {
    const value = valueOf(type, given);
    if (value !== undefined) return new Global(item.type, value);
    throw new CallError(
      `imports: the global ${pathOf(item)} is an ${type}: expected ${meaningOf(type)}, got ${JSON.stringify(given)}`,
    );
  }
  stubs.push(pathOf(item));
  const zero = zeroOf(type);
  // Without a value a reference is null and a vector zero.
  return zero === null ? new Global(item.type) : new Global(item.type, zero);
}

/** The type of a tag is not reflected, so that a made one fits only the commonest: no parameter. */
function provideTag(item: ImportItem<'tag'>): object {
  return new Tag({ parameters: item.type?.parameters ?? [] });
}

function stubOf({ results }: FunctionType): () => unknown {
  const zeros = results.map(zeroOf);
  if (zeros.length > 1) return () => zeros;
  const [zero] = zeros;
  return () => zero;
}

function memoryType({ minimum, maximum, shared, address }: MemoryType): object {
  return { initial: minimum, ...(maximum === undefined ? {} : { maximum }), shared, address };
}

function tableType({ element, minimum, maximum, address }: TableType): object {
  // The constructor knows the type by its older name only.
  const name = element === 'funcref' ? 'anyfunc' : element;
  return {
    element: name,
    initial: minimum,
    ...(maximum === undefined ? {} : { maximum }),
    address,
  };
}

function constantOf(constants: Constants, { module, name }: ImportItem): Given | undefined {
  if (!Object.hasOwn(constants, module)) return undefined;
  const names = constants[module]!;
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

/** A constant that nothing takes is a misspelt name: a zero in its place would be a riddle. */
function refuseUnused(items: readonly ImportItem[], constants: Constants): void {
  const globals = new Set(items.filter(({ kind }) => kind === 'global').map(pathOf));
  for (const [module, names] of Object.entries(constants)) {
    for (const name of Object.keys(names)) {
      if (globals.has(pathOf({ module, name }))) continue;
      const known = globals.size > 0 ? `it imports ${shortList([...globals])}` : 'it imports none';
      throw new CallError(`imports: the module imports no global ${module}.${name}; ${known}`);
    }
  }
}

function pathOf({ module, name }: { module: string; name: string }): string {
  return `${module.slice(0, 200)}.${name.slice(0, 300)}`;
}
