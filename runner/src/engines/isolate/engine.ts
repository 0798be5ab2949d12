import {
  CofferdamError,
  type GuestError,
  type LogLine,
  type RunRequest,
  type Span,
} from '@cofferdam/protocol';
import type { Engine, EngineStats, Job, Outcome } from '../engine.ts';
import { HostPool } from './host-pool.ts';
import { IsolateHost, type TryResult } from './isolate-host.ts';
import type { InsideJob, InsideOutcome } from './messages.ts';
import { spansOf } from './spans.ts';
import type { Sentence } from './verdict.ts';

export interface IsolateEngineOptions {
  processes: number;
  maxProcesses: number;
  runsPerProcess: number;
  sparesPerProfile: number;
  /** What the first spares are made for, ahead of any run. */
  expected: Pick<InsideJob, 'preset' | 'limits'>[];
  /** What the processes are called in the stats. Default `isolates`. */
  role?: string;
  /** Flags of V8 beside those that every isolate process has. */
  execArgv?: readonly string[];
  /** What the processes run. Default: the inside of an isolate process. */
  entry?: URL;
}

/** Fresh V8 isolates in processes of their own. */
export class IsolateEngine implements Engine {
  readonly #pool: HostPool;
  readonly #role: string;
  #completed = 0;

  constructor(options: IsolateEngineOptions) {
    this.#role = options.role ?? 'isolates';
    this.#pool = new HostPool({
      ...options,
      create: () => {
        const host = new IsolateHost(options);
        for (const expected of options.expected) host.expect(expected);
        return host;
      },
    });
  }

  warm(): void {
    this.#pool.warm();
  }

  async run(job: Job): Promise<Outcome> {
    const inside = insideJob(job);
    const first = await this.#begin(job, inside, { attempts: 1, alone: false });
    const again = secondTry(first);
    const last = again ? await this.#begin(job, inside, { attempts: 2, ...again }) : first;
    if (secondTry(last)) throw new CofferdamError('UNAVAILABLE', 'no isolate process starts');
    this.#completed++;
    return outcomeOf(last, again ? 2 : 1);
  }

  stats(): EngineStats {
    const hosts = this.#pool.hosts;
    return {
      active: hosts.reduce((sum, host) => sum + host.active, 0),
      spare: hosts.reduce((sum, host) => sum + host.figures.spares, 0),
      // One that is ending takes no more runs, and may be there for a while.
      processes: hosts
        .filter((host) => host.alive)
        .map((host) => ({
          pid: host.pid,
          role: this.#role,
          rssBytes: host.figures.rssBytes,
          active: host.active,
        })),
      completed: this.#completed,
      killed: this.#pool.killed,
    };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Of a process that ended before the run began nothing is learnt about the run: it takes another. */
  async #begin(
    job: Job,
    inside: InsideJob,
    how: { attempts: 1 | 2; alone: boolean },
  ): Promise<TryResult> {
    for (let left = MAX_UNBEGUN; ; left--) {
      // eslint-disable-next-line no-await-in-loop -- one process after the other
      const result = await this.#try(job, inside, how);
      if (left === 0 || !isUnbegun(result)) return result;
    }
  }

  async #try(
    job: Job,
    inside: InsideJob,
    { attempts, alone }: { attempts: 1 | 2; alone: boolean },
  ): Promise<TryResult> {
    const { signal } = job;
    try {
      return await this.#pool.withHost({ alone, signal }, (host) =>
        host.run(job, inside, attempts),
      );
    } catch (error) {
      if (CofferdamError.from(error).code !== 'CANCELLED') throw error;
      return {
        logs: [],
        end: { sentence: { kind: 'culprit', reason: 'Cancelled' }, cpuTimeMs: 0 },
      };
    }
  }
}

/** Processes that may end under one run before it begins: neighbours that kill theirs come in crowds. */
const MAX_UNBEGUN = 5;

function isUnbegun({ end }: TryResult): boolean {
  return 'sentence' in end && end.sentence.kind === 'unbegun';
}

/** How a run is tried again, if it is. */
function secondTry(result: TryResult): { alone: boolean } | undefined {
  const { end } = result;
  if (isUnbegun(result)) return { alone: false };
  if (!('sentence' in end)) return undefined;
  return end.sentence.kind === 'again' ? { alone: end.sentence.alone } : undefined;
}

function insideJob({ request, source, wasmBytes }: Job): InsideJob {
  const { runId, preset, mode, browser, input, env, limits, reuse, wasm }: RunRequest = request;
  if (wasmBytes) {
    // A module sees nothing of a preset: one profile for all means that a spare fits every run.
    return { runId, preset: 'minimal', limits, reuse: false, wasm: wasm ? { call: wasm } : {} };
  }
  if (!source) throw new CofferdamError('INTERNAL', 'a run without a source');
  const { code, form, digest, fileName } = source;
  return {
    runId,
    preset,
    source: { code, form, digest, fileName },
    ...(mode === 'check' && { check: true }),
    ...(browser && { browser }),
    input,
    env,
    limits,
    reuse: reuse === 'script',
  };
}

function outcomeOf({ end, logs }: TryResult, attempts: 1 | 2): Outcome {
  if ('outcome' in end) return fromInside(end.outcome, logs, attempts);
  return fromSentence(end.sentence, { logs, cpuTimeMs: end.cpuTimeMs, attempts });
}

function fromInside(inside: InsideOutcome, logs: LogLine[], attempts: 1 | 2): Outcome {
  const { times: _times, fetches: _fetches, doomed: _doomed, ...outcome } = inside;
  return { ...outcome, logs, attempts, spans: spansOf(inside) };
}

const MESSAGES: Partial<Record<Outcome['exitReason'], string>> = {
  Cancelled: 'The run was cancelled',
  Neighbour: 'Another run ended the process that this one ran in',
  Memory: 'The script used more than its memory, and ended its process',
  CpuTime: 'The script used more than its CPU time, and ended its process',
  WallTime: 'The script was not done in time, and ended its process',
  EngineCrash: 'The script ended the process that ran it',
};

function fromSentence(
  sentence: Sentence,
  known: { logs: LogLine[]; cpuTimeMs: number; attempts: 1 | 2 },
): Outcome {
  const exitReason = sentence.kind === 'culprit' ? sentence.reason : 'Neighbour';
  const error: GuestError = {
    name: exitReason === 'EngineCrash' ? 'EngineCrash' : 'LimitError',
    message: MESSAGES[exitReason] ?? 'The run was ended',
  };
  const spans: Span[] = [];
  return {
    ...known,
    exitReason,
    error,
    logsCut: false,
    bridgeCalls: 0,
    outputBytes: known.logs.reduce((sum, line) => sum + Buffer.byteLength(line.message), 0),
    warm: false,
    spans,
  };
}
