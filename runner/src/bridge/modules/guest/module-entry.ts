import type { ModuleHead } from '../../../guest/runtime.ts';
import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';

const {
  arraySort,
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  hasOwn,
  regexpExec,
  toStringTag,
} = primordials;

/** How far a module has come. Its code is looked at when it is linked and runs once. */
export const STAGE = { added: 0, linked: 1, waiting: 2, running: 3, done: 4, failed: 5 } as const;
export type Stage = (typeof STAGE)[keyof typeof STAGE];

export type EndListener = (entry: ModuleEntry) => void;

/** One module of the realm. Guest code gets hold of its namespace only. */
export interface ModuleEntry {
  readonly head: ModuleHead;
  code: string;
  /** What the code comes to, where the host has compiled it. */
  factory: Function | undefined;
  readonly namespace: object;
  /** How each own export is read, by name. */
  readonly getters: Record<string, () => unknown>;
  stage: Stage;
  /** What its body threw, for everybody who imports it. */
  error: unknown;
  /** Of CommonJS: its `module` from when it begins. */
  common: { exports: unknown } | undefined;
  /** Runs the body. */
  begin: (() => void) | undefined;
  /** Modules that wait for the end of this one, and how many this one waits for. */
  readonly waiters: ModuleEntry[];
  pending: number;
  /** Told when this module has ended. */
  readonly listeners: EndListener[];
}

export function moduleEntry(head: ModuleHead, code: string | Function): ModuleEntry {
  return record<ModuleEntry>({
    head,
    code: typeof code === 'string' ? code : '',
    factory: typeof code === 'string' ? undefined : code,
    namespace: record({}),
    getters: record({}),
    stage: STAGE.added,
    error: undefined,
    common: undefined,
    begin: undefined,
    waiters: list(),
    pending: 0,
    listeners: list(),
  });
}

const MODULE_TAG = record({ value: 'Module' });

/** Gives the namespace its properties, which nobody can change from outside. */
export function sealNamespace(entry: ModuleEntry, of: (id: number) => ModuleEntry): void {
  const { head, namespace, getters } = entry;
  const readers = record<Record<string, () => unknown>>({});
  const names = list<string>();
  for (let i = 0; i < head.own.length; i++) {
    const name = head.own[i]!;
    if (hasOwn(readers, name)) continue;
    readers[name] = getters[name] ?? nothing;
    names[names.length] = name;
  }
  for (let i = 0; i < head.star.length; i++) {
    const star = head.star[i]!;
    readers[star[0]] = readerOf(of(star[1]).namespace, star[2]);
    names[names.length] = star[0];
  }
  arraySort(names);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    defineProperty(namespace, name, record({ get: readers[name]!, enumerable: true }));
  }
  defineProperty(namespace, toStringTag, MODULE_TAG);
  freeze(namespace);
}

const nothing = (): undefined => undefined;

function readerOf(namespace: object, name: string): () => unknown {
  return () => (namespace as Record<string, unknown>)[name];
}

/** What the transform calls a default export that has no name of its own. */
const UNNAMED = /^(?:__vite_ssr_|\$[_\d]{9}_)export_default__$/;
const DEFAULT_NAME = record({ value: 'default', configurable: true });

/** As the language does: a function or class without a name is called `default`. */
export function nameDefault(entry: ModuleEntry): void {
  const getter = entry.getters.default;
  if (!getter) return;
  const value = valueOf(getter);
  if (typeof value !== 'function') return;
  const name = getOwnPropertyDescriptor(value, 'name');
  if (name && hasOwn(name, 'value') && typeof name.value === 'string' && isUnnamed(name.value)) {
    defineProperty(value, 'name', DEFAULT_NAME);
  }
}

/** A default export that is another module's may have no value yet. */
function valueOf(getter: () => unknown): unknown {
  try {
    return getter();
  } catch {
    return undefined;
  }
}

function isUnnamed(name: string): boolean {
  return regexpExec(UNNAMED, name) !== null;
}
