import { CofferdamError, MAX_NETWORK_NAME, type RuntimeSpec } from '@cofferdam/protocol';
import { connectionChecks, oneConnection } from '../options/host-options.ts';
import { aFunction, anInteger, aText, invalid, options, type Check } from '../options/check.ts';
import type { CreateIsolateHostOptions } from '../types.ts';
import type { IsolateOptions } from './types.ts';

const MiB = 1024 * 1024;
const DEFAULT_THREADS = 2;
const DEFAULT_CPU_MS = 500;
/** What `memoryLimitMb: 0` comes to: as much as a run may have. */
const MOST_MEMORY_MIB = 512;

const memoryLimit: Check<number> = (value, name) => {
  if (value === 0) return 0;
  try {
    return anInteger(16, 2_048)(value, name);
  } catch {
    throw invalid(name, '0 or a whole number from 16 to 2048', value);
  }
};

const limitChecks = { cpuLimitMs: anInteger(1, 600_000), memoryLimitMb: memoryLimit };
const readLimits = options(limitChecks);
const readSandbox = options({
  ...limitChecks,
  ...connectionChecks,
  threads: anInteger(1, 64),
  log: aFunction,
});

export interface SandboxSettings {
  threads: number;
  limits: Required<IsolateOptions>;
  connection: Omit<CreateIsolateHostOptions, 'engine'>;
  log: (line: string) => void;
}

/** Throws `INVALID_INPUT`, which names the option. */
export function readSandboxOptions(given: unknown): SandboxSettings {
  const { threads, cpuLimitMs, memoryLimitMb, log, ...connection } = readSandbox(given, '');
  return {
    threads: threads ?? DEFAULT_THREADS,
    limits: { cpuLimitMs: cpuLimitMs ?? DEFAULT_CPU_MS, memoryLimitMb: memoryLimitMb ?? 0 },
    connection: oneConnection(connection),
    log: (log ?? (() => {})) as SandboxSettings['log'],
  };
}

/** The worker as its keeper is asked for it. Throws `INVALID_INPUT`. */
export function readIsolateOptions(
  given: unknown,
  { limits, threads }: SandboxSettings,
): RuntimeSpec {
  const { cpuLimitMs, memoryLimitMb } = { ...limits, ...readLimits(given, '') };
  return {
    preset: 'web',
    memoryBytes: (memoryLimitMb || MOST_MEMORY_MIB) * MiB,
    // A worker's code may wait for messages as long as it lives.
    evalTimeMs: 0,
    stretchTimeMs: cpuLimitMs,
    cwd: '/',
    processes: threads,
    bindings: {
      console: false,
      fetch: true,
      files: false,
      modules: false,
      webSocket: true,
      network: true,
      tools: [],
    },
  };
}

export const readName = aText(MAX_NETWORK_NAME);

export function readHandler<F>(handler: unknown): F {
  return aFunction(handler, 'handler') as F;
}

export function overError(message: string): CofferdamError {
  return new CofferdamError('RUNTIME_ENDED', message);
}
