import {
  CofferdamError,
  EvalOutcomeSchema,
  LASTING,
  parser,
  RUNTIME_METHODS,
  type Channel,
  type Language,
  type OutgoingCall,
  type ResolvedScript,
  type RuntimeEnd,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import { openOnRunner, type OpenedRuntime } from '../runtimes/open-on-runner.ts';

const readOutcome = parser(EvalOutcomeSchema, 'PROTOCOL_VIOLATION');

/** What the code is called in stack traces, which says its language. */
const ENTRY_NAMES: Record<Language, string | undefined> = {
  javascript: 'main.js',
  typescript: 'main.ts',
  auto: undefined,
};

/** The isolate of one instance, in a runner, from its opening to its end. */
export class InstanceRuntime {
  readonly runtimeId: string;
  /** How it ended; rejects where its runner did, or was told to. */
  readonly ended: Promise<RuntimeEnd>;
  readonly #call: OutgoingCall;

  private constructor({ runtimeId, call, ended }: OpenedRuntime) {
    this.runtimeId = runtimeId;
    this.#call = call;
    this.ended = ended;
  }

  /** Opens a runtime that lives until it ends by itself or the signal is aborted. */
  static async open(
    channel: Channel,
    spec: RuntimeSpec,
    signal: AbortSignal,
  ): Promise<InstanceRuntime> {
    return new InstanceRuntime(await openOnRunner(channel, spec, { signal, what: 'the isolate' }));
  }

  /** What the guest says on its port. */
  get port(): AsyncIterable<Buffer> {
    return this.#call.data;
  }

  /**
   * Evaluates the script; throws `SERVER_FAILED` with what it threw. Answers how many bytes the guest had
   * sent on its port by then.
   */
  async evaluate(channel: Channel, script: ResolvedScript, signal: AbortSignal): Promise<number> {
    const { env, code, language } = script;
    if (Object.keys(env).length > 0) await this.#eval(channel, { code: envCode(env) }, signal);
    const filename = ENTRY_NAMES[language];
    const named = filename === undefined ? { code } : { code, filename };
    return this.#eval(channel, named, signal);
  }

  async #eval(
    channel: Channel,
    source: { code: string; filename?: string },
    signal: AbortSignal,
  ): Promise<number> {
    const payload = { runtimeId: this.runtimeId, ...source };
    const call = channel.call(RUNTIME_METHODS.eval, payload, { deadlineMs: LASTING, signal });
    const { exitReason, error, portBytes = 0 } = readOutcome(await call.reply);
    if (exitReason === 'Completed') return portBytes;
    const { name = exitReason, message = '' } = error ?? {};
    throw new CofferdamError('SERVER_FAILED', `the server did not start: ${name}: ${message}`);
  }
}

/** As in a run the script reads `env.NAME`. JSON text is no JavaScript only in two characters, which are escaped. */
export function envCode(env: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(JSON.stringify(env));
  const harmless = text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return `Object.defineProperty(globalThis, 'env', { value: JSON.parse(${harmless}), configurable: true, writable: true });`;
}

/** What an instance may: the limits of its script, and the way out that its ticket gives. */
export function specOf(
  { limits, browser }: ResolvedScript,
  ticket: string | undefined,
): RuntimeSpec {
  const reaches = ticket !== undefined;
  return {
    preset: 'web',
    memoryBytes: limits.memoryBytes,
    evalTimeMs: limits.wallTimeMs,
    stretchTimeMs: limits.cpuTimeMs,
    cwd: '/',
    features: browser ? ['server', 'browser'] : ['server'],
    ...(reaches ? { egress: { ticket } } : {}),
    bindings: {
      console: true,
      fetch: reaches,
      webSocket: reaches,
      browser: browser === true,
      files: false,
      modules: false,
      tools: [],
    },
  };
}
