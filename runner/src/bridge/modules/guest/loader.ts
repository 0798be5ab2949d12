import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import type { GuestRuntime, ModuleHead, ModulesOptions } from '../../../guest/runtime.ts';
import { link, type Linker } from './linking.ts';
import {
  moduleEntry,
  nameDefault,
  STAGE,
  type EndListener,
  type ModuleEntry,
} from './module-entry.ts';
import { requireModule, type Evaluator } from './require.ts';

const { jsonParse, Map, mapDelete, mapGet, mapHas, mapSet, Promise, promiseThen, TypeError } =
  primordials;

const modules = new Map<number, ModuleEntry>();
/** Modules that may be able to begin. */
const ready = list<ModuleEntry>();
let isDraining = false;

const linker: Linker = record({
  of,
  importLater,
  ended,
  require: (id: number) => requireModule(of(id), evaluator),
});
const evaluator: Evaluator = record({
  of,
  link: (entry: ModuleEntry) => link(entry, linker),
  begin: (entry: ModuleEntry) => {
    if (entry.stage === STAGE.linked) enter(entry);
  },
});

function of(id: number): ModuleEntry {
  const entry = mapGet(modules, id) as ModuleEntry | undefined;
  if (entry) return entry;
  throw new TypeError('No module has this id');
}

function add(headsText: string, ...codes: (string | Function)[]): void {
  const heads = jsonParse(headsText) as ModuleHead[];
  for (let i = 0; i < heads.length; i++) {
    const head = heads[i]!;
    if (!mapHas(modules, head.id)) mapSet(modules, head.id, moduleEntry(head, codes[i]!));
  }
}

/**
 * Evaluates the modules of a graph, dependencies first, as the language does: what does not wait
 * runs at once and in order, and what awaits holds back only those who import it.
 */
function evaluate(orderText: string, onEnd: EndListener): void {
  const order = jsonParse(orderText) as number[];
  for (let i = 0; i < order.length; i++) link(of(order[i]!), linker);
  const main = of(order[order.length - 1]!);
  main.listeners[main.listeners.length] = onEnd;
  for (let i = 0; i < order.length; i++) {
    const entry = of(order[i]!);
    if (entry.stage === STAGE.linked) enter(entry);
    drain();
    if (entry.stage !== STAGE.failed || entry.head.kind === 'async') continue;
    // Nothing behind it is evaluated, and everybody on the way to it has failed with it.
    if (main.stage === STAGE.linked) end(main, true, entry.error);
    break;
  }
  if (isOver(main)) tell(main);
  drain();
}

function isOver({ stage }: ModuleEntry): boolean {
  return stage === STAGE.done || stage === STAGE.failed;
}

/** Begins a module, or makes it wait for those of its imports that have begun and not ended. */
function enter(entry: ModuleEntry): void {
  const { deps } = entry.head;
  entry.stage = STAGE.waiting;
  for (let i = 0; i < deps.length; i++) {
    const dep = of(deps[i]![1]);
    if (dep.stage === STAGE.failed) return end(entry, true, dep.error);
    // One that has not begun is further up a cycle: it waits for this one.
    if (dep === entry || dep.stage === STAGE.linked || dep.stage === STAGE.done) continue;
    dep.waiters[dep.waiters.length] = entry;
    entry.pending++;
  }
  if (entry.pending === 0) run(entry);
}

function run(entry: ModuleEntry): void {
  const { begin } = entry;
  entry.stage = STAGE.running;
  entry.begin = undefined;
  if (entry.head.kind === 'async') return begin!();
  try {
    begin!();
  } catch (error) {
    return end(entry, true, error);
  }
  end(entry, false, undefined);
}

function ended(entry: ModuleEntry, failed: boolean, error: unknown): void {
  end(entry, failed, error);
  drain();
}

function end(entry: ModuleEntry, failed: boolean, error: unknown): void {
  if (isOver(entry)) return;
  entry.stage = failed ? STAGE.failed : STAGE.done;
  entry.error = error;
  if (!failed) nameDefault(entry);
  const { waiters } = entry;
  for (let i = 0; i < waiters.length; i++) {
    waiters[i]!.pending--;
    ready[ready.length] = waiters[i]!;
  }
  waiters.length = 0;
  tell(entry);
  // What its functions need of it they hold themselves; a runtime may see a million evals.
  if (entry.head.isEntry) mapDelete(modules, entry.head.id);
}

function tell(entry: ModuleEntry): void {
  const { listeners } = entry;
  const { length } = listeners;
  for (let i = 0; i < length; i++) listeners[i]!(entry);
  listeners.length = 0;
}

/** A list and no recursion: a chain of imports may be longer than the stack is deep. */
function drain(): void {
  if (isDraining) return;
  isDraining = true;
  try {
    for (let i = 0; i < ready.length; i++) proceed(ready[i]!);
  } finally {
    // Also when the stack is used up: the next one begins anew.
    ready.length = 0;
    isDraining = false;
  }
}

function proceed(entry: ModuleEntry): void {
  if (entry.stage !== STAGE.waiting) return;
  const failed = failedImport(entry);
  if (failed) end(entry, true, failed.error);
  else if (entry.pending === 0) run(entry);
}

function failedImport({ head }: ModuleEntry): ModuleEntry | undefined {
  for (let i = 0; i < head.deps.length; i++) {
    const dep = of(head.deps[i]![1]);
    if (dep.stage === STAGE.failed) return dep;
  }
  return undefined;
}

function importLater(importer: ModuleEntry, specifier: unknown): Promise<object> {
  return new Promise<object>((resolve, reject) => {
    const question = record({ importer: importer.head.id, specifier: `${specifier as string}` });
    const settle: EndListener = ({ stage, namespace, error }) =>
      stage === STAGE.failed ? reject(error) : resolve(namespace);
    const onAnswer = (answer: { json: { order: string } }): void => {
      try {
        evaluate(answer.json.order, settle);
      } catch (error) {
        reject(error);
      }
    };
    promiseThen(hardened(core.hostCall('modules', 'import', question)), onAnswer, reject);
  });
}

export function open({ settled }: ModulesOptions): Pick<GuestRuntime, 'add' | 'evaluate'> {
  return record({
    add,
    evaluate(evalId: number, order: string): void {
      try {
        evaluate(order, ({ stage, namespace, error }) =>
          settled(evalId, stage === STAGE.failed, stage === STAGE.failed ? error : namespace),
        );
      } catch (error) {
        settled(evalId, true, error);
      }
    },
  });
}
