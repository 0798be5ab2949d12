import { bridgeOf } from './bridge.ts';
import { makeConsole } from './console.ts';
import { defineGlobal, GroupLoader } from './globals.ts';
import { freezeIntrinsics, removeForeignGlobals } from './harden.ts';
import type { GuestHooks } from './hooks.ts';
import { record } from './intrinsics.ts';
import { openRuntime } from './open-runtime.ts';
import { ConsoleOutput } from './output.ts';
import { PRESET_GROUPS, UNFROZEN_PRESET, type GroupName, type PresetName } from './presets.ts';
import { capturePrimordials } from './primordials.ts';
import { RunState, type GuestRun } from './run.ts';
import type { RuntimeHooks, RuntimeOpener } from './runtime.ts';

/**
 * Makes a fresh realm into a preset's and answers how to run in it. Called once in each context,
 * before any guest code. The host keeps the answer; no guest object leads to it or to the hooks.
 */
export function boot(hooks: GuestHooks, preset: PresetName): GuestRun & RuntimeOpener {
  const { log } = hooks;
  const output = new ConsoleOutput((level, message) => log(level, message));
  const run = new RunState(output);
  removeForeignGlobals();
  const groups = (): GroupLoader => groupLoader({ hooks, preset, run });
  const loader = PRESET_GROUPS[preset].length > 0 ? groups() : undefined;
  loader?.define(preset);
  if (preset !== UNFROZEN_PRESET) freezeIntrinsics();
  defineGlobal('console', makeConsole(output));
  return record({
    runText: run.runText,
    openRuntime: (runtimeHooks: RuntimeHooks, tools: string) =>
      openRuntime({ loader: loader ?? groups(), output, run }, runtimeHooks, tools),
  });
}

interface GroupSetup {
  hooks: GuestHooks;
  preset: PresetName;
  run: RunState;
}

function groupLoader({ hooks, preset, run }: GroupSetup): GroupLoader {
  const { loadGroup } = hooks;
  const loader = new GroupLoader((name) => loadGroup(name));
  const bridge = bridgeOf(hooks, (name, message) => {
    const { DOMException } = loader.use('exception') as {
      DOMException: new (message: string, name: string) => Error;
    };
    return new DOMException(message, name);
  });
  loader.core = record({
    primordials: capturePrimordials(),
    hostCall: bridge.hostCall,
    hostCallSync: bridge.hostCallSync,
    use: (name) => loader.use(name) as never,
    loaded: (name) => loader.loaded(name) as never,
    offers: (name) => offers(preset, name),
    carry: (callback) => callback,
    fail: (error) => run.fail(error),
  });
  return loader;
}

/** By index: a group may ask after guest code has changed what arrays inherit. */
function offers(preset: PresetName, name: GroupName): boolean {
  const groups: readonly GroupName[] = PRESET_GROUPS[preset];
  for (let i = 0; i < groups.length; i++) if (groups[i] === name) return true;
  return false;
}
