import type { Port } from '../bridge/port/guest/port.ts';
import { EvalTests } from './eval-tests.ts';
import { defineGlobal, type GroupLoader } from './globals.ts';
import { describeError, failedOutcome, type RunOutcome } from './failure.ts';
import { inspectValue } from './inspect.ts';
import { hasOwn, jsonParse, list, objectKeys, record } from './intrinsics.ts';
import type { ConsoleOutput } from './output.ts';
import type { Feature } from './presets.ts';
import type {
  GuestRuntime,
  ModulesGroup,
  ModulesOptions,
  NetworkGroup,
  PortGroup,
  RuntimeHooks,
  ServerGroup,
} from './runtime.ts';
import { Serializer } from './serialize.ts';
import { sessionOf } from './session.ts';
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
  loader.offer(withoutPrototype(hooks.features) as Feature[]);
  const group = loader.use('port') as unknown as PortGroup;
  const session = hooks.session
    ? group.openSession(record({ post: (text: string, number: number) => post(text, number) }))
    : undefined;
  const port =
    session ??
    group.open(
      record({
        post: (text: string) => post(text),
        tools: withoutPrototype(tools),
        requestId: () => loader.core!.requestId?.(),
      }),
    );
  output.redirect((level, text, depth) => {
    if (hasConsole || session) port.log(LEVEL_NAMES[level]!, text, depth);
  });
  const tests = new EvalTests({ loader, port, outputBytes: hooks.outputBytes });
  const settled = reporter(port, hooks, tests);
  const modules = (loader.use('modules') as unknown as ModulesGroup).open(record({ settled }));
  const runtime = record({
    ...record(modules),
    deliver: delivery(port),
    sent: port.sent,
    ...(hooks.tell && record({ server: serverIn(loader, port, hooks.tell) })),
  });
  if (hooks.asRun) return runIn(runtime, { port, run, settled });
  run.onFail(
    hooks.network
      ? toHost(loader, port)
      : (error) => {
          const isOfTests = tests.uncaught(error);
          if (!isOfTests) output.line(ERROR_LEVEL, `Uncaught ${inspectValue(error)}`, 0);
        },
  );
  const tested = tests.in(runtime, settled);
  return session ? sessionOf(tested, record({ port: session, loader })) : tested;
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

/** Makes the realm one that serves; answers what the host tells it by. */
function serverIn(
  loader: GroupLoader,
  port: Port,
  tell: NonNullable<RuntimeHooks['tell']>,
): GuestRuntime['server'] {
  const group = loader.use('server') as unknown as ServerGroup;
  const serving = () => port.post('server', 'serving');
  const hooks = record<Parameters<typeof group.open>[0]>({
    tell: (kind, id, json, bytes) => tell(kind, id, json, bytes),
    serving,
  });
  return group.open(hooks);
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
  tests: EvalTests,
): ModulesOptions['settled'] {
  const finish = asRun ? moduleOutcome : completed;
  const tell = (evalId: number, ended: RunOutcome): void => {
    // What the guest wrote and called before is with the host before the answer is.
    port.flush();
    done(evalId, ended[0], ended[1], ended[3], ended[4], ended[5], ended[6], ended[2]);
  };
  return (evalId, failed, result) => {
    if (tests.take(evalId, failed, (ended) => tell(evalId, ended))) return;
    const namespace = asRun && evalId === 0 ? record({}) : (result as object);
    tell(evalId, failed ? describeError(result) : finish(namespace, outputBytes));
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
