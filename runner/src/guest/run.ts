import type { TestsGroup } from '../bridge/tests/guest/tests.ts';
import {
  apply,
  defineProperty,
  hasOwn,
  indirectEval,
  jsonParse,
  list,
  objectKeys,
  pendingPromise,
  record,
  settleSafely,
} from './intrinsics.ts';
import { describeError, failedOutcome, type RunOutcome } from './failure.ts';
import type { ConsoleOutput } from './output.ts';
import { checkOutcome } from './tests-outcome.ts';
import { Serializer, type Refusal } from './serialize.ts';

type CheckTests = Pick<TestsGroup, 'run' | 'uncaught'>;
type GuestFunction = (input: unknown, env: unknown) => unknown;

/** What the host keeps of a context: how to run in it. */
export interface GuestRun {
  /**
   * Evaluates the text of one async function expression, calls it with `input` and `env`, and
   * answers how it ended. Never rejects. Called once in each context.
   */
  runText(...given: RunArguments): Promise<RunOutcome>;
}

/** By position: primitives cross into an isolate as they are, an object would have to be copied. */
type RunArguments = [
  code: string,
  /** `check`: of either form; the tests that the code registers are run, and are the result. */
  form: 'body' | 'module' | 'check',
  fileName: string,
  inputText: string | undefined,
  envText: string | undefined,
  outputBytes: number,
  /** The guest has a browser. */
  browser?: boolean,
];

type Finish = (value: any, outputBytes: number) => RunOutcome;

/** What some runs have beside their preset. */
export interface RunFeatures {
  /** Gives the realm tests. */
  tests(): CheckTests;
  /** Gives the realm a browser. */
  browser(): void;
}

export class RunState {
  readonly #output: ConsoleOutput;
  /** Of Deno's own platform there is none. */
  readonly #features: RunFeatures | undefined;
  #settle: ((outcome: RunOutcome) => void) | undefined;
  #onFail: ((error: unknown) => void) | undefined;

  constructor(output: ConsoleOutput, features?: RunFeatures) {
    this.#output = output;
    this.#features = features;
  }

  /** Ends the run with an exception from outside of the awaited function: a timer's callback. */
  fail(error: unknown): void {
    if (this.#onFail) this.#onFail(error);
    else this.#settle?.(describeError(error));
  }

  /** Such an exception ends nothing, but is told. */
  onFail(tell: (error: unknown) => void): void {
    this.#onFail = tell;
  }

  readonly runText: GuestRun['runText'] = (...given) => {
    const outputBytes = given[5];
    this.#output.limit(outputBytes);
    // Not the constructor's executor, which would be a frame of every guest error.
    const { promise, resolve } = pendingPromise<RunOutcome>();
    const fail = (error: unknown) => resolve(describeError(error));
    this.#settle = resolve;
    try {
      if (given[6]) this.#features?.browser();
      const finish = this.#finisher(given[1], resolve);
      const { input, env } = argumentsOf(given[3], given[4]);
      const main = indirectEval(`(${given[0]}\n)\n//# sourceURL=${given[2]}`) as GuestFunction;
      const returned = apply(main, undefined, list(input, env)) as Promise<unknown>;
      settleSafely(returned, (value) => finish(value, outputBytes), fail);
    } catch (error) {
      fail(error);
    }
    // The host waits for this promise by its `constructor`, which a guest could have replaced.
    defineProperty(promise, 'constructor', record({ value: undefined }));
    return promise;
  };

  /** What takes what the code came to. */
  #finisher(
    form: RunArguments[1],
    resolve: (outcome: RunOutcome) => void,
  ): (value: unknown, outputBytes: number) => void {
    if (form !== 'check') {
      const finish = form === 'module' ? finishModule : finishBody;
      return (value, outputBytes) => resolve(safely(finish, value, outputBytes));
    }
    const tests = this.#features!.tests();
    return (_value, outputBytes) => {
      this.onFail((error) => tests.uncaught(error));
      settleSafely(
        tests.run(undefined),
        (results) => resolve(checkOutcome(results, outputBytes)),
        (error) => resolve(describeError(error)),
      );
    };
  }
}

/** How the evaluation of a module ended: all its exports as JSON text. Never throws. */
export function moduleOutcome(namespace: object, outputBytes: number): RunOutcome {
  return safely(finishModule, namespace, outputBytes);
}

/** The endings without a serialized value, such as a used-up stack, are the script's too. */
function safely(finish: Finish, value: unknown, outputBytes: number): RunOutcome {
  try {
    return finish(value, outputBytes);
  } catch (error) {
    return describeError(error);
  }
}

/** `input` and `env` are the same object unless the caller sent both. */
function argumentsOf(inputText: string | undefined, envText: string | undefined) {
  const text = inputText ?? envText;
  const input: unknown = text === undefined ? {} : jsonParse(text);
  const both = inputText !== undefined && envText !== undefined;
  return record({ input, env: both ? (jsonParse(envText) as unknown) : input });
}

function finishBody(value: unknown, outputBytes: number): RunOutcome {
  const serializer = new Serializer(outputBytes);
  const text = serializer.write(value, 'result');
  return serializer.refusal ? refused(serializer.refusal) : completed(text, undefined);
}

function finishModule(namespace: object, outputBytes: number): RunOutcome {
  const serializer = new Serializer(outputBytes);
  const value = hasOwn(namespace, 'default')
    ? serializer.write((namespace as { default: unknown }).default, 'result')
    : undefined;
  const named = record<Record<string, unknown>>({});
  const names = objectKeys(namespace);
  let count = 0;
  for (let i = 0; i < names.length; i++) {
    if (names[i] === 'default') continue;
    named[names[i]!] = (namespace as Record<string, unknown>)[names[i]!];
    count++;
  }
  const exports = count > 0 && !serializer.refusal ? serializer.write(named, 'exports') : undefined;
  return serializer.refusal ? refused(serializer.refusal) : completed(value, exports);
}

function completed(value: string | undefined, exports: string | undefined): RunOutcome {
  return list<any>(
    'Completed',
    value,
    exports,
    undefined,
    undefined,
    undefined,
    undefined,
  ) as RunOutcome;
}

const NAMES = record({ ResultNotPlain: 'ResultNotPlainError', Output: 'OutputError' });

function refused({ exitReason, message, path }: Refusal): RunOutcome {
  return failedOutcome(exitReason, record({ name: NAMES[exitReason], message, path }));
}
