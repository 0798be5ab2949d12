import ivm from 'isolated-vm';
import { compileBootstrap, groupSource } from '../../engines/isolate/inside/guest-code.ts';
import type { InsideOpen } from '../messages.ts';

/** What the host does for the guest of one runtime. */
export interface RealmHooks {
  post(text: string): void;
  done(evalId: number, ...outcome: unknown[]): void;
  call(capability: unknown, method: unknown, json: unknown, bytes: unknown): Promise<unknown[]>;
  callSync(capability: unknown, method: unknown, json: unknown, bytes: unknown): unknown[];
  /** V8 lost control of the isolate's heap: its thread sleeps for ever. */
  catastrophe(): void;
}

/** A booted realm, opened as a runtime; the references are to the functions of `GuestRuntime`. */
export interface Realm {
  readonly isolate: ivm.Isolate;
  readonly context: ivm.Context;
  readonly add: ivm.Reference;
  readonly evaluate: ivm.Reference;
  readonly deliver: ivm.Reference;
  readonly sent: ivm.Reference;
}

const MiB = 1024 * 1024;
/** As large as an answer of a runtime may hold: `EvalOutcome.value`. */
const OUTPUT_BYTES = 5 * MiB;

/** The hooks become objects without a prototype, which only the bootstrap ever holds. */
const OPEN = `
  const { openRuntime } = $0({ __proto__: null, log: $1, call: $2, callSync: $3, loadGroup: $4 }, $5);
  return openRuntime({ __proto__: null, post: $6, done: $7, console: $8, network: $9, asRun: $10, outputBytes: $11 }, $12);`;

const ignored = { ignored: true } as const;

/** Makes a fresh isolate into a runtime's. Throws when its memory does not suffice for that. */
export function openRealm(open: InsideOpen, hooks: RealmHooks): Realm {
  const { memoryBytes } = open;
  const isolate = new ivm.Isolate({
    memoryLimit: Math.ceil(memoryBytes / MiB),
    onCatastrophicError: () => hooks.catastrophe(),
  });
  try {
    return realmIn(isolate, open, hooks);
  } catch (error) {
    if (!isolate.isDisposed) isolate.dispose();
    throw error;
  }
}

function realmIn(
  isolate: ivm.Isolate,
  { preset, bindings, prefixId }: InsideOpen,
  hooks: RealmHooks,
): Realm {
  const bootstrap = compileBootstrap(isolate, 'core');
  const context = isolate.createContextSync();
  const boot = bootstrap.runSync(context, { reference: true }) as ivm.Reference;
  const runtime = context.evalClosureSync(
    OPEN,
    [
      boot.derefInto(),
      new ivm.Callback(() => {}, ignored),
      new ivm.Reference(hooks.call),
      new ivm.Callback(hooks.callSync),
      new ivm.Callback(groupSource),
      preset,
      new ivm.Callback(hooks.post, ignored),
      new ivm.Callback(hooks.done, ignored),
      bindings.console,
      bindings.network === true,
      prefixId !== undefined,
      OUTPUT_BYTES,
      JSON.stringify(bindings.tools),
    ],
    { result: { reference: true } },
  ) as ivm.Reference<Record<string, unknown>>;
  const method = (name: string) => runtime.getSync(name, { reference: true }) as ivm.Reference;
  return {
    isolate,
    context,
    add: method('add'),
    evaluate: method('evaluate'),
    deliver: method('deliver'),
    sent: method('sent'),
  };
}
