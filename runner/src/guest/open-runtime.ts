import type { Port } from '../bridge/port/guest/port.ts';
import { defineGlobal, type GroupLoader } from './globals.ts';
import { describeError, failedOutcome, type RunOutcome } from './failure.ts';
import { inspectValue } from './inspect.ts';
import { hasOwn, jsonParse, list, objectKeys, record } from './intrinsics.ts';
import type { ConsoleOutput } from './output.ts';
import type {
  GuestRuntime,
  ModulesGroup,
  ModulesOptions,
  NetworkGroup,
  PortGroup,
  RuntimeHooks,
} from './runtime.ts';
import { Serializer } from './serialize.ts';
import { moduleOutcome, type RunState } from './run.ts';

interface Realm {
  loader: GroupLoader;
  output: ConsoleOutput;
  run: RunState;
}

const LEVEL_NAMES = list('debug', 'log', 'info', 'warn', 'error');
const ERROR_LEVEL = 4;

/** Keeps the realm as a runtime: called once, by the host, before any guest code. */
export function openRuntime(
  { loader, output, run }: Realm,
  hooks: RuntimeHooks,
  tools: string,
): GuestRuntime {
  const { post, console: hasConsole } = hooks;
  const port = (loader.use('port') as unknown as PortGroup).open(
    record({ post: (text: string) => post(text), tools: withoutPrototype(tools) }),
  );
  output.redirect((level, text, depth) => {
    if (hasConsole) port.log(LEVEL_NAMES[level]!, text, depth);
  });
  const settled = reporter(port, hooks);
  const modules = (loader.use('modules') as unknown as ModulesGroup).open(record({ settled }));
  const runtime = record({ ...record(modules), deliver: delivery(port), sent: port.sent });
  if (hooks.asRun) return runIn(runtime, { port, run, settled });
  run.onFail(
    hooks.network
      ? toHost(loader, port)
      : (error) => output.line(ERROR_LEVEL, `Uncaught ${inspectValue(error)}`, 0),
  );
  return runtime;
}

interface RunParts {
  port: Port;
  run: RunState;
  settled: ModulesOptions['settled'];
}

/** Makes the realm one for a single run behind its prefix: what nobody catches fails what is evaluated. */
function runIn(runtime: GuestRuntime, { port, run, settled }: RunParts): GuestRuntime {
  let current = 0;
  /** A prefix may have made one of its globals into one that cannot be changed. */
  let refused: { error: unknown } | undefined;
  run.onFail((error) => settled(current, true, error));
  port.on('globals', (value) => {
    try {
      defineGlobals(value as Record<string, unknown>);
    } catch (error) {
      refused = record({ error });
    }
  });
  const evaluate: GuestRuntime['evaluate'] = (evalId, order) => {
    current = evalId;
    if (refused) settled(evalId, true, refused.error);
    else runtime.evaluate(evalId, order);
  };
  return record({ ...runtime, evaluate });
}

function defineGlobals(values: Record<string, unknown>): void {
  const names = objectKeys(values);
  for (let i = 0; i < names.length; i++) defineGlobal(names[i]!, values[names[i]!]);
}

/** Makes the realm a worker's; answers who tells its host of an error. */
function toHost(loader: GroupLoader, port: Port): (error: unknown) => void {
  const network = (loader.use('network') as unknown as NetworkGroup).open(port);
  return (error) => {
    const described = describeError(error);
    try {
      network.failed(described[3]!, described[4]!);
    } catch {
      // The host does not take what it is sent: it hears no more of errors either.
    }
  };
}

function delivery(port: Port): GuestRuntime['deliver'] {
  return (...texts) => {
    for (let i = 0; i < texts.length; i++) port.deliver(texts[i]!);
  };
}

/** By index: the texts are the embedder's, but an array's own prototype is a guest's to change. */
function withoutPrototype(json: string): string[] {
  const names = jsonParse(json) as string[];
  const made = list<string>();
  for (let i = 0; i < names.length; i++) made[i] = names[i]!;
  return made;
}

/** How an evaluation ended. What is no plain data is no value, and no failure either. */
function reporter(
  port: Port,
  { done, outputBytes, asRun }: RuntimeHooks,
): ModulesOptions['settled'] {
  const finish = asRun ? moduleOutcome : completed;
  return (evalId, failed, result) => {
    const namespace = asRun && evalId === 0 ? record({}) : (result as object);
    const ended = failed ? describeError(result) : finish(namespace, outputBytes);
    // What the guest wrote and called before is with the host before the answer is.
    port.flush();
    done(evalId, ended[0], ended[1], ended[3], ended[4], ended[5], ended[6], ended[2]);
  };
}

function completed(namespace: object, outputBytes: number): RunOutcome {
  try {
    const serializer = new Serializer(outputBytes);
    const value = hasOwn(namespace, 'default')
      ? serializer.write((namespace as { default: unknown }).default, 'result')
      : undefined;
    const { refusal } = serializer;
    if (refusal?.exitReason !== 'Output') return list<any>('Completed', value) as RunOutcome;
    const { message, path } = refusal;
    return failedOutcome('Output', record({ name: 'OutputError', message, path }));
  } catch (error) {
    return describeError(error);
  }
}
