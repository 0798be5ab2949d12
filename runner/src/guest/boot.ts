import type { TestsGroup } from '../bridge/tests/guest/tests.ts';
import { bridgeOf } from './bridge.ts';
import { makeConsole } from './console.ts';
import { failureOf } from './failure.ts';
import { defineGlobal, GroupLoader } from './globals.ts';
import { freezeIntrinsics, removeForeignGlobals } from './harden.ts';
import type { GuestHooks } from './hooks.ts';
import { inspectValue } from './inspect.ts';
import { list, record } from './intrinsics.ts';
import { openRuntime } from './open-runtime.ts';
import { ConsoleOutput } from './output.ts';
import { PRESET_GROUPS, UNFROZEN_PRESET } from './presets.ts';
import type { Feature, GroupName, PresetName } from './presets.ts';
import { capturePrimordials } from './primordials.ts';
import { RunState, type GuestRun } from './run.ts';
import type { RuntimeHooks, RuntimeOpener } from './runtime.ts';

const TESTS = list<Feature>('tests');
const BROWSER = list<Feature>('browser');

/**
 * Makes a fresh realm into a preset's and answers how to run in it. Called once in each context,
 * before any guest code. The host keeps the answer; no guest object leads to it or to the hooks.
 */
export function boot(hooks: GuestHooks, preset: PresetName): GuestRun & RuntimeOpener {
  const { log } = hooks;
  const output = new ConsoleOutput((level, message) => log(level, message));
  const features = record({
    tests: () => {
      groups().offer(TESTS);
      return groups().use('tests') as unknown as TestsGroup;
    },
    browser: () => groups().offer(BROWSER),
  });
  const run = new RunState(output, features);
  removeForeignGlobals();
  let loader: GroupLoader | undefined;
  const groups = (): GroupLoader => (loader ??= groupLoader({ hooks, preset, run }));
  if (PRESET_GROUPS[preset].length > 0) groups().define(preset);
  if (preset !== UNFROZEN_PRESET) freezeIntrinsics();
  defineGlobal('console', makeConsole(output));
  return record({
    runText: run.runText,
    openRuntime: (runtimeHooks: RuntimeHooks, tools: string) =>
      openRuntime({ loader: groups(), output, run }, runtimeHooks, tools),
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
  const domException = (name: string, message: string) => {
    const { DOMException } = loader.use('exception') as {
      DOMException: new (message: string, name: string) => Error;
    };
    return new DOMException(message, name);
  };
  const bridge = bridgeOf(hooks, domException, () => loader.core!.requestId?.());
  loader.core = record({
    primordials: capturePrimordials(),
    hostCall: bridge.hostCall,
    hostCallSync: bridge.hostCallSync,
    use: (name) => loader.use(name) as never,
    loaded: (name) => loader.loaded(name) as never,
    offers: (name) => loader.offers(name) || offers(preset, name),
    carry: (callback) => callback,
    describeError: (thrown) => failureOf(thrown),
    inspect: (value) => inspectValue(value),
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
