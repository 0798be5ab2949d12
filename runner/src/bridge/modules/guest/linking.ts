import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import { useAsyncContext } from './async-context.ts';
import { runCommonJs } from './common-js.ts';
import { sealNamespace, STAGE, type ModuleEntry } from './module-entry.ts';

const { apply, defineProperty, getPrototypeOf, hasOwn, jsonParse, Promise, promiseThen } =
  primordials;
const { stringIndexOf, TypeError } = primordials;
const indirectEval = eval;
const generatorNext = (getPrototypeOf(function* () {}.prototype) as Generator).next;

export interface Linker {
  /** The module of an id; throws for one that the host has not added. */
  of(id: number): ModuleEntry;
  /** Loads, evaluates and answers what a module imports at run time. */
  importLater(importer: ModuleEntry, specifier: unknown): Promise<object>;
  /** What CommonJS gets for a module that it requires, which is evaluated now if it was not before. */
  require(id: number): unknown;
  /** The body of an async module has ended. */
  ended(entry: ModuleEntry, failed: boolean, error: unknown): void;
}

type Factory = (...given: unknown[]) => unknown;

/** Runs a module up to its gate: its exports can be read from here on, its body has not begun. */
export function link(entry: ModuleEntry, linker: Linker): void {
  if (entry.stage !== STAGE.added) return;
  const { head, code } = entry;
  entry.code = '';
  try {
    if (head.kind === 'json') linkJson(entry, code);
    else if (head.kind === 'platform') linkPlatform(entry);
    else if (head.kind === 'cjs') entry.begin = () => runCommonJs(entry, code, linker);
    else linkCode(entry, code, linker);
    // What CommonJS exports is known when it has run.
    if (head.kind !== 'cjs') sealNamespace(entry, linker.of);
    const hasBody = head.kind !== 'json' && head.kind !== 'platform';
    entry.stage = hasBody ? STAGE.linked : STAGE.done;
  } catch (error) {
    entry.error = error;
    entry.stage = STAGE.failed;
  }
}

function linkJson(entry: ModuleEntry, text: string): void {
  const value: unknown = jsonParse(text);
  entry.getters.default = () => value;
}

/** Those of runtimes/platform-modules.ts. */
function linkPlatform({ head, getters }: ModuleEntry): void {
  const exported = platformExports(head.meta.filename);
  for (let i = 0; i < head.own.length; i++) {
    const name = head.own[i]!;
    const isWhole = name === 'default' && !hasOwn(exported, name);
    const value = isWhole ? exported : exported[name];
    getters[name] = () => value;
  }
}

function platformExports(name: string): Record<string, unknown> {
  if (stringIndexOf(name, 'fs/promises') !== -1) return core.use('node-fs');
  if (stringIndexOf(name, 'async_hooks') === -1) return core.use('host');
  return useAsyncContext().asyncHooks as object as Record<string, unknown>;
}

function linkCode(entry: ModuleEntry, code: string, linker: Linker): void {
  const { kind, sourceUrl } = entry.head;
  const factory = (entry.factory ??
    indirectEval(`(${code}\n)\n//# sourceURL=${sourceUrl}`)) as Factory;
  entry.factory = undefined;
  if (kind === 'sync') {
    const body = apply(factory, undefined, argumentsOf(entry, linker, undefined)) as Generator;
    const none = list<never>();
    apply(generatorNext, body, none);
    entry.begin = () => {
      apply(generatorNext, body, none);
    };
    return;
  }
  const gate = gateOf();
  const body = apply(factory, undefined, argumentsOf(entry, linker, gate.promise));
  const end = (failed: boolean) => (error: unknown) => linker.ended(entry, failed, error);
  promiseThen(hardened(body as Promise<unknown>), end(false), end(true));
  entry.begin = gate.open;
}

/** In the order of the compiler's parameters (compiler/module-wrapper.ts). */
function argumentsOf(entry: ModuleEntry, linker: Linker, gate: Promise<void> | undefined) {
  const { deps, meta } = entry.head;
  const given = list<unknown>();
  given[0] = (specifier: unknown): object => {
    for (let i = 0; i < deps.length; i++) {
      const dep = deps[i]!;
      if (dep[0] === specifier) return linker.of(dep[1]).namespace;
    }
    throw new TypeError('The module imports nothing of that name');
  };
  given[1] = (specifier: unknown) => linker.importLater(entry, specifier);
  given[2] = entry.namespace;
  given[3] = nothing;
  given[4] = record({ url: meta.url, filename: meta.filename, dirname: meta.dirname });
  given[5] = (name: string, descriptor: { get(): unknown }): void => {
    if (entry.stage === STAGE.added) entry.getters[name] = descriptor.get;
  };
  given[6] = gate;
  given[7] = entry.head.asyncContext ? useAsyncContext().enterFrame : undefined;
  return given;
}

const nothing = (): undefined => undefined;

/** Awaiting it looks up nothing that a guest could have changed. */
function gateOf(): { promise: Promise<void>; open: () => void } {
  let open: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  defineProperty(promise, 'constructor', record({ value: Promise }));
  return record({ promise, open: open! });
}
