import type { Preset } from '@cofferdam/protocol/base';
import ivm from 'isolated-vm';
import { compileBootstrap, groupSource } from './guest-code.ts';

/** What decides whether a prepared isolate fits a run. */
export interface Profile {
  preset: Preset;
  memoryMiB: number;
  /** WebAssembly is absent from every isolate but the wasm engine's: its memory is not counted. */
  wasm: boolean;
}

export function profileKey({ preset, memoryMiB, wasm }: Profile): string {
  return `${preset}:${memoryMiB}:${wasm}`;
}

/** What the host does for the guest of one run. Nothing answers before a run has begun. */
export interface RunHooks {
  log(level: number, message: string): void;
  call(capability: unknown, method: unknown, json: unknown, bytes: unknown): Promise<unknown[]>;
  callSync(capability: unknown, method: unknown, json: unknown, bytes: unknown): unknown[];
}

/** A fresh context with its bootstrap evaluated, waiting for one run. */
export interface PreparedContext {
  readonly context: ivm.Context;
  /**
   * `(text, form, fileName, input, env, outputBytes)` → an ending, never a rejection; of a wasm
   * profile `(bytes, callText, outputBytes)`.
   */
  readonly run: ivm.Reference;
  hooks: RunHooks | undefined;
}

export interface PreparedIsolate {
  readonly isolate: ivm.Isolate;
  readonly profile: Profile;
  /** Compiled once, evaluated in each context of this isolate. */
  readonly bootstrap: ivm.Script;
  readonly prepared: PreparedContext;
  /** V8 lost control of the isolate's heap: its thread sleeps for ever. */
  onCatastrophe: (() => void) | undefined;
}

export function prepareIsolate(profile: Profile): PreparedIsolate {
  const isolate = new ivm.Isolate({
    memoryLimit: profile.memoryMiB,
    onCatastrophicError: () => ready.onCatastrophe?.(),
  });
  const bootstrap = compileBootstrap(isolate, profile.wasm ? 'wasm' : 'core');
  const ready: PreparedIsolate = {
    isolate,
    profile,
    bootstrap,
    prepared: prepareContext({ isolate, profile, bootstrap }),
    onCatastrophe: undefined,
  };
  return ready;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The hooks become one object without a prototype, which only the bootstrap ever holds. */
const BOOT =
  'return $0({ __proto__: null, log: $1, call: $2, callSync: $3, loadGroup: $4 }, $5).runText';
const BOOT_WASM = 'return $0({ __proto__: null, log: $1, callSync: $3, wait: $6 }).runBytes';

const NOT_RUNNING = [false, '{"name":"Error","message":"no run has begun"}'];

export function prepareContext({
  isolate,
  profile,
  bootstrap,
}: Pick<PreparedIsolate, 'isolate' | 'profile' | 'bootstrap'>): PreparedContext {
  const context = isolate.createContextSync();
  // Taken as a Reference: as a value it would become a Callback that pins the context until the
  // host's own garbage collection.
  const boot = bootstrap.runSync(context, { reference: true }) as ivm.Reference;
  const prepared: Writable<PreparedContext> = { context, run: boot, hooks: undefined };
  const log = new ivm.Callback(
    (level: number, message: string) => prepared.hooks?.log(level, message),
    { ignored: true },
  );
  const call = new ivm.Reference((...args: [unknown, unknown, unknown, unknown]) =>
    prepared.hooks ? prepared.hooks.call(...args) : NOT_RUNNING,
  );
  const callSync = new ivm.Callback((...args: [unknown, unknown, unknown, unknown]) =>
    prepared.hooks ? prepared.hooks.callSync(...args) : NOT_RUNNING,
  );
  const loadGroup = new ivm.Callback(groupSource);
  prepared.run = context.evalClosureSync(
    profile.wasm ? BOOT_WASM : BOOT,
    [
      ...[boot.derefInto(), log, call, callSync, loadGroup, profile.preset],
      ...(profile.wasm ? [waitOf(prepared)] : []),
    ],
    { result: { reference: true } },
  ) as ivm.Reference;
  boot.release();
  return prepared;
}

/** Blocks the guest's thread for so many milliseconds, which counts as no CPU time. */
function waitOf(prepared: PreparedContext): ivm.Reference {
  return new ivm.Reference(async (ms: number): Promise<void> => {
    await prepared.hooks?.call('timers', 'wait', JSON.stringify({ ms }), undefined);
  });
}
