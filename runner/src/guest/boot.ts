import { bridgeOf } from './bridge.ts';
import { makeConsole } from './console.ts';
import { defineGlobal, GroupLoader } from './globals.ts';
import { freezeIntrinsics, removeForeignGlobals } from './harden.ts';
import type { GuestHooks } from './hooks.ts';
import { record } from './intrinsics.ts';
import { ConsoleOutput } from './output.ts';
import { PRESET_GROUPS, UNFROZEN_PRESET, type GroupName, type PresetName } from './presets.ts';
import { capturePrimordials } from './primordials.ts';
import { RunState, type GuestRun } from './run.ts';

/**
 * Makes a fresh realm into a preset's and answers how to run in it. Called once in each context,
 * before any guest code. The host keeps the answer; no guest object leads to it or to the hooks.
 */
export function boot(hooks: GuestHooks, preset: PresetName): GuestRun {
  const { log, loadGroup } = hooks;
  const output = new ConsoleOutput((level, message) => log(level, message));
  const run = new RunState(output);
  removeForeignGlobals();
  if (PRESET_GROUPS[preset].length > 0) installGroups({ hooks, loadGroup, preset, run });
  if (preset !== UNFROZEN_PRESET) freezeIntrinsics();
  defineGlobal('console', makeConsole(output));
  return record({ runText: run.runText });
}

interface GroupSetup {
  hooks: GuestHooks;
  loadGroup: GuestHooks['loadGroup'];
  preset: PresetName;
  run: RunState;
}

function installGroups({ hooks, loadGroup, preset, run }: GroupSetup): void {
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
    fail: (error) => run.fail(error),
  });
  loader.define(preset);
}

/** By index: a group may ask after guest code has changed what arrays inherit. */
function offers(preset: PresetName, name: GroupName): boolean {
  const groups: readonly GroupName[] = PRESET_GROUPS[preset];
  for (let i = 0; i < groups.length; i++) if (groups[i] === name) return true;
  return false;
}
