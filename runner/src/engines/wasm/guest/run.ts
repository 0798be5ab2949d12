import { ProcExit, Wasi, WASI_MODULE } from '../../../bridge/wasi/guest.ts';
import { provideImports, type Constants } from './imports.ts';
import { completed, failed, thrown, type WasmOutcome } from './outcome.ts';
import { argumentsOf, CallError, resultText, shortList, type Given } from './values.ts';
import { Instance, Memory, Module, type FunctionType, type Item } from './webassembly.ts';

/** What the caller asked for; the protocol's WasmCall. */
export interface Call {
  entry?: string;
  args?: Given[];
  imports?: Constants;
  wasi?: { args?: string[]; env?: Record<string, string>; stdin?: string };
}

/** What the host gives a run. */
export interface Surroundings {
  outputBytes: number;
  log(level: number, message: string): void;
  now(): number;
  sleep(ms: number): void;
  random(target: Uint8Array): void;
}

/** A program's own name, before the arguments that a caller gives. */
const PROGRAM_NAME = 'module';
const COMMAND = '_start';
/** What a library of WASI's wants called before anything else. */
const INITIALIZE = '_initialize';
/** As many stubs as a result lists. */
const MAX_STUBS = 1024;

type GuestFunction = (...args: unknown[]) => unknown;

/** Runs a compiled module: as a WASI command when it is asked for as one, else one function of it. */
export function runModule(module: object, call: Call, surroundings: Surroundings): WasmOutcome {
  const run = new ModuleRun(module, call, surroundings);
  try {
    return run.run();
  } catch (error) {
    return thrown(error, run.stubs);
  } finally {
    run.wasi.stdio.end();
  }
}

class ModuleRun {
  readonly wasi: Wasi;
  stubs: string[] = [];
  readonly #module: object;
  readonly #call: Call;
  readonly #outputBytes: number;
  #memory: Memory | undefined;

  constructor(module: object, call: Call, surroundings: Surroundings) {
    this.#module = module;
    this.#call = call;
    this.#outputBytes = surroundings.outputBytes;
    const { args = [], env = {}, stdin = '' } = call.wasi ?? {};
    this.wasi = new Wasi({
      ...surroundings,
      args: [PROGRAM_NAME, ...args],
      env,
      stdin,
      maxOutputBytes: surroundings.outputBytes,
      memory: () => this.#memory,
    });
  }

  run(): WasmOutcome {
    const { name, type } = entryOf(Module.exports(this.#module), this.#call.entry);
    const args = argumentsOf(name, type, this.#call.args ?? []);
    return name === COMMAND ? this.#runCommand() : this.#runFunction(name, args);
  }

  /** A program that says it failed has run to its end: its exit code is part of the value. */
  #runCommand(): WasmOutcome {
    try {
      (this.#instantiate()[COMMAND] as GuestFunction)();
    } catch (error) {
      if (!(error instanceof ProcExit)) throw error;
    }
    const exitCode = this.wasi.exitCode ?? 0;
    const value = JSON.stringify({ exitCode, ...this.wasi.stdio.captured() });
    return completed(value, this.stubs);
  }

  #runFunction(name: string, args: unknown[]): WasmOutcome {
    const exports = this.#instantiate();
    const initialize = exports[INITIALIZE];
    if (typeof initialize === 'function' && name !== INITIALIZE) (initialize as GuestFunction)();
    const result = resultText((exports[name] as GuestFunction)(...args));
    if ('refused' in result) {
      const message = `${result.refused} is a reference, which is no plain data`;
      const failure = { name: 'ResultNotPlainError', message, path: result.refused };
      return failed('ResultNotPlain', failure, this.stubs);
    }
    if (result.text === undefined || result.text.length <= this.#outputBytes) {
      return completed(result.text, this.stubs);
    }
    const message = `The result is larger than ${this.#outputBytes} bytes`;
    return failed('Output', { name: 'OutputError', message, path: 'result' }, this.stubs);
  }

  #instantiate(): Readonly<Record<string, unknown>> {
    const provided = provideImports(Module.imports(this.#module), {
      constants: this.#call.imports ?? {},
      hostFunction: (from, name) => (from === WASI_MODULE ? this.wasi.functionOf(name) : undefined),
    });
    this.stubs = bounded(provided.stubs);
    this.#memory = provided.memory;
    const { exports } = new Instance(this.#module, provided.imports);
    if (exports.memory instanceof Memory) this.#memory = exports.memory;
    return exports;
  }
}

function bounded(stubs: string[]): string[] {
  if (stubs.length <= MAX_STUBS) return stubs;
  const kept = stubs.slice(0, MAX_STUBS - 1);
  return [...kept, `… ${stubs.length - kept.length} more`];
}

function entryOf(
  exports: readonly Item[],
  asked: string | undefined,
): { name: string; type: FunctionType } {
  const name = asked ?? COMMAND;
  const functions = exports.filter((item): item is Item<'function'> => item.kind === 'function');
  const found = functions.find((item) => item.name === name);
  if (found) return found;
  const other = exports.find((item) => item.name === name);
  const why = other ? `${name} is a ${other.kind}` : `no exported function is called ${name}`;
  const known = functions.map((item) => item.name);
  const list = known.length > 0 ? `exported functions: ${shortList(known)}` : 'none is exported';
  throw new CallError(`${asked === undefined ? 'no entry was given and ' : ''}${why}; ${list}`);
}
