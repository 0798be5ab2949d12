import { readFileSync } from 'node:fs';
import { DEFAULT_LIMITS, type Limits } from '@cofferdam/protocol';
import ivm from 'isolated-vm';
import type { RunContext } from '../src/bridge/capability.ts';
import { CAPABILITIES } from '../src/bridge/capabilities.ts';
import { Dispatch } from '../src/bridge/dispatch.ts';
import { noFetch } from '../src/bridge/fetch/none.ts';
import type { FetchStart, FetchStream } from '../src/bridge/fetch/stream.ts';
import type { WebSocketStart, WebSocketStream } from '../src/bridge/websocket/stream.ts';
import type { PresetName } from '../src/guest/presets.ts';

const GENERATED = new URL('../generated/guest/', import.meta.url);

export interface HarnessOptions {
  preset?: PresetName;
  form?: 'body' | 'module' | 'check';
  input?: unknown;
  env?: unknown;
  limits?: Partial<Limits>;
  openFetch?: (start: FetchStart) => FetchStream;
  openWebSocket?: (start: WebSocketStart) => WebSocketStream;
  /** What a group's text is to be instead. */
  editGroup?: (name: string, text: string) => string;
}

export interface HarnessResult {
  exitReason: string;
  value: unknown;
  exports: unknown;
  error: { name?: string; message?: string; stack?: string; path?: string };
  logs: { level: number; message: string }[];
  breach: string | undefined;
  calls: number;
  /** Milliseconds of the host's work. */
  charged: number;
  groups: string[];
}

/** Runs a body (or module function text) in a real isolate with the generated bundle and host. */
export async function runGuest(code: string, options: HarnessOptions = {}): Promise<HarnessResult> {
  const { preset = 'web', form = 'body', limits = {} } = options;
  const isolate = new ivm.Isolate({ memoryLimit: 128 });
  const over = new AbortController();
  const logs: HarnessResult['logs'] = [];
  const groups: string[] = [];
  const all: Limits = { ...DEFAULT_LIMITS, ...limits };
  let breach: string | undefined;
  let charged = 0;
  const context: RunContext = {
    runId: 'harness0',
    limits: all,
    signal: over.signal,
    state: new Map(),
    openFetch: options.openFetch ?? noFetch,
    openWebSocket: options.openWebSocket ?? noFetch,
    charge: (ms) => void (charged += ms),
  };
  const dispatch = new Dispatch({
    capabilities: CAPABILITIES,
    context,
    onBreach: (reason) => (breach ??= reason),
  });
  try {
    const realm = await isolate.createContext();
    const script = await isolate.compileScript(readFileSync(new URL('core.js', GENERATED), 'utf8'));
    const boot = (await script.run(realm, { reference: true })) as ivm.Reference;
    const hooks = {
      log: new ivm.Callback((level: number, message: string) => logs.push({ level, message }), {
        ignored: true,
      }),
      call: new ivm.Reference(dispatch.call),
      callSync: new ivm.Callback(dispatch.callSync),
      loadGroup: new ivm.Callback((name: string) => {
        groups.push(name);
        const text = readFileSync(new URL(`${name}.js`, GENERATED), 'utf8');
        return options.editGroup?.(name, text) ?? text;
      }),
    };
    const api = (await boot.apply(undefined, [hooks, preset], {
      arguments: { copy: true },
      result: { reference: true },
    })) as ivm.Reference<{ runText: unknown }>;
    const runText = (await api.get('runText', { reference: true })) as ivm.Reference;
    const text = `async function (input, env) {\n${code}\n}`;
    const outcome = (await runText.apply(
      undefined,
      [text, form, 'script.js', json(options.input), json(options.env), all.outputBytes],
      { result: { promise: true, copy: true }, timeout: 20_000 },
    )) as (string | undefined)[];
    // Lines that were sent before the answer are delivered before this.
    await new Promise((resolve) => setImmediate(resolve));
    const [exitReason, value, exports, name, message, stack, path] = outcome;
    const error = { name, message, stack, path };
    return {
      exitReason: exitReason!,
      value: parsed(value),
      exports: parsed(exports),
      error: error as HarnessResult['error'],
      logs,
      breach,
      calls: dispatch.count,
      charged,
      groups,
    };
  } finally {
    over.abort();
    if (!isolate.isDisposed) isolate.dispose();
  }
}

/** The value of a run that has to go well. */
export async function valueOf(code: string, options: HarnessOptions = {}): Promise<unknown> {
  const result = await runGuest(code, options);
  if (result.exitReason === 'Completed') return result.value;
  throw new Error(
    `${result.exitReason}: ${result.error.name}: ${result.error.message}\n${result.error.stack}`,
  );
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}
