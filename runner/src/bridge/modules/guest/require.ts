import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import { codedError, requiredNamespace } from './common-js.ts';
import { STAGE, type ModuleEntry } from './module-entry.ts';

const { Map, mapGet, mapSet, Set, setAdd, setHas } = primordials;

export interface Evaluator {
  of(id: number): ModuleEntry;
  link(entry: ModuleEntry): void;
  /** Begins a module that is linked. */
  begin(entry: ModuleEntry): void;
}

/** What was answered for ES modules: the same each time. */
const answers = new Map<ModuleEntry, object>();

/** What `require` answers for a module: one that was evaluated before, or is now, at once. */
export function requireModule(entry: ModuleEntry, evaluator: Evaluator): unknown {
  // In a cycle it is what the module has exported so far.
  if (entry.common && entry.stage !== STAGE.failed) return entry.common.exports;
  if (!isOver(entry)) {
    const order = orderOf(entry, evaluator);
    for (let i = 0; i < order.length; i++) evaluator.link(order[i]!);
    for (let i = 0; i < order.length; i++) evaluator.begin(order[i]!);
  }
  if (entry.stage === STAGE.failed) throw entry.error;
  if (entry.stage !== STAGE.done) throw unready(entry);
  return answerOf(entry);
}

function isOver({ stage }: ModuleEntry): boolean {
  return stage === STAGE.done || stage === STAGE.failed;
}

function answerOf(entry: ModuleEntry): unknown {
  const { common, head, namespace } = entry;
  if (common) return common.exports;
  if (head.kind === 'json' || head.kind === 'platform') {
    return (namespace as { default: unknown }).default;
  }
  const known = mapGet(answers, entry) as object | undefined;
  if (known) return known;
  const made = requiredNamespace(namespace);
  mapSet(answers, entry, made);
  return made;
}

interface Step {
  entry: ModuleEntry;
  next: number;
}

/** A module's imports before itself; with a stack of its own, as deep as they go. */
function orderOf(entry: ModuleEntry, { of }: Evaluator): ModuleEntry[] {
  const order = list<ModuleEntry>();
  const seen = new Set<ModuleEntry>();
  const stack = list<Step>();
  push(stack, entry);
  setAdd(seen, entry);
  while (stack.length > 0) {
    const step = stack[stack.length - 1]!;
    const { deps } = step.entry.head;
    if (step.next === deps.length) {
      order[order.length] = step.entry;
      stack.length--;
      continue;
    }
    const found = of(deps[step.next++]![1]);
    if (isOver(found) || setHas(seen, found)) continue;
    setAdd(seen, found);
    push(stack, found);
  }
  return order;
}

function push(stack: Step[], entry: ModuleEntry): void {
  const { kind } = entry.head;
  const isBegun = entry.stage === STAGE.waiting || entry.stage === STAGE.running;
  if (kind === 'async' || isBegun) throw unready(entry);
  stack[stack.length] = { entry, next: 0 };
}

function unready({ head }: ModuleEntry): Error {
  const { filename } = head.meta;
  if (head.kind !== 'async') {
    const why = `'${filename}' cannot be required: it is an ES module that is being evaluated`;
    return codedError('ERR_REQUIRE_CYCLE_MODULE', why);
  }
  const why = `'${filename}' cannot be required: it is an ES module that awaits at its top level`;
  return codedError('ERR_REQUIRE_ASYNC_MODULE', why);
}
