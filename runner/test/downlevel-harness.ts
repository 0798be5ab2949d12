import { moduleRunnerTransformSync } from 'oxc-transform';
import { runGuest, type HarnessResult } from './isolate-harness.ts';
import { downlevel, type Downlevelled } from '../src/compiler/downlevel.ts';

/** Loads the group as the loader of a stateful guest does, and gives guest code what it needs. */
const LOADER = `const made = $core.use('async-context');
  globalThis.AsyncContext = made.AsyncContext;
  globalThis.asyncHooks = made.asyncHooks;
  globalThis.enterFrame = made.enterFrame;`;

function editGroup(name: string, text: string): string {
  if (name !== 'platform') return text;
  return `(function ($core) { ${LOADER} return (${text}\n)($core); })`;
}

/** A module as stateful guests run it: its exports are assigned by the rewritten text. */
function wrapModule(source: string): string {
  const { code, errors } = moduleRunnerTransformSync('module.js', source);
  if (errors.length > 0) throw new SyntaxError(errors[0]!.message);
  return `async function (__vite_ssr_import__, __vite_ssr_exports__) { "use strict"; ${code}\n}`;
}

export type Mode = 'native' | 'frames';

/** Runs a module in a real isolate with async context on. */
export function runModule(source: string, mode: Mode = 'frames'): Promise<HarnessResult> {
  const wrapped = wrapModule(source);
  const code = mode === 'frames' ? withHelpers(downlevel(wrapped)) : wrapped;
  const body = `queueMicrotask; const exports = {};
    const hooks = async () => asyncHooks;
    await (${code})(hooks, exports);
    return exports.default;`;
  return runGuest(body, { editGroup });
}

function withHelpers({ code, helpers }: Downlevelled): string {
  return `((${helpers.join()}) => (${code}))(enterFrame)`;
}

/** The default export of a module that has to go well. */
export async function defaultOf(source: string, mode: Mode = 'frames'): Promise<unknown> {
  const result = await runModule(source, mode);
  if (result.exitReason === 'Completed') return result.value;
  throw new Error(`${result.exitReason}: ${result.error.name}: ${result.error.message}`, {
    cause: result.error.stack,
  });
}
