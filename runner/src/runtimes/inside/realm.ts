import ivm from 'isolated-vm';
import { compileBootstrap, groupSource } from '../../engines/isolate/inside/guest-code.ts';
import type { InsideOpen } from '../messages.ts';

/** What the host does for the guest of one runtime. */
export interface RealmHooks {
  post(text: string, number?: number): void;
  done(evalId: number, ...outcome: unknown[]): void;
  call(
    capability: unknown,
    method: unknown,
    json: unknown,
    bytes: unknown,
    requestId?: unknown,
  ): Promise<unknown[]>;
  callSync(capability: unknown, method: unknown, json: unknown, bytes: unknown): unknown[];
  /** Of a guest that serves: what it tells of requests and connections. */
  tell(kind: unknown, id: unknown, json: unknown, bytes: unknown): void;
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
  /** Of a session: the rest of `GuestSession`. */
  readonly attach?: ivm.Reference;
  readonly detach?: ivm.Reference;
  /** Of a guest that serves. */
  readonly server?: ivm.Reference;
}

const MiB = 1024 * 1024;
/** As large as an answer of a runtime may hold: `EvalOutcome.value`. */
const OUTPUT_BYTES = 5 * MiB;

/** The hooks become objects without a prototype, which only the bootstrap ever holds. */
const OPEN = `
  const { openRuntime } = $0({ __proto__: null, log: $1, call: $2, callSync: $3, loadGroup: $4 }, $5);
  return openRuntime({ __proto__: null, post: $6, done: $7, console: $8, network: $9, asRun: $10, outputBytes: $11, features: $12, session: $13, tell: $15 }, $14);`;

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
  { preset, bindings, prefixId, features, session = false }: InsideOpen,
  hooks: RealmHooks,
): Realm {
  const serves = features?.includes('server') === true;
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
      JSON.stringify(features ?? []),
      session,
      JSON.stringify(bindings.tools),
      serves ? new ivm.Callback(hooks.tell, ignored) : undefined,
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
    ...(serves && { server: method('server') }),
    ...(session && { attach: method('attach'), detach: method('detach') }),
  };
}
