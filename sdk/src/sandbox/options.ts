import { availableParallelism } from 'node:os';
import { CofferdamError, MAX_PREFIX_BYTES, PRESETS, type Preset } from '@cofferdam/protocol';
import { anInteger, anObject, aSignal, aText, options, type Check } from '../options/check.ts';
import { connectionChecks, oneConnection } from '../options/host-options.ts';
import { oneOf } from '../options/check.ts';
import { readCode } from '../options/eval-options.ts';
import { readGlobals, rebound, type ReadGlobals } from './globals.ts';
import type { CreateSandboxOptions, RunLimits, SandboxGlobals } from './types.ts';

const MiB = 1024 * 1024;
const DEFAULT_MEMORY_MIB = 128;
/** Presets whose guests have a `fetch`. */
const WITH_FETCH: ReadonlySet<Preset> = new Set<Preset>(['agent', 'web']);

const memoryMb = anInteger(16, 2_048);
const milliseconds = anInteger(1, 600_000);
const filename = aText(4_096);

/** Of any length: what is too long is refused with a code of its own. */
const code: Check<string> = (value, name) => aText(Infinity, { minLength: 0 })(value, name);

const readSandbox = options({ maxIsolates: anInteger(1, 256), ...connectionChecks });
const readPrefix = options({
  code,
  globals: anObject,
  preset: oneOf(...PRESETS),
  memoryMb,
  filename,
});
const readRun = options({
  code,
  globals: anObject,
  limits: options({
    cpuTimeMs: milliseconds,
    wallTimeMs: milliseconds,
    memoryMb,
    maxBridgeCalls: anInteger(0, 1_000_000),
    maxBridgePayloadBytes: anInteger(0, 16 * MiB),
  }),
  signal: aSignal,
  filename,
});

/** Throws `INVALID_INPUT`, which names the option; so do all of these. */
export function readSandboxOptions(
  given: unknown,
): Required<Pick<CreateSandboxOptions, 'maxIsolates'>> & ReturnType<typeof oneConnection> {
  const { maxIsolates = 2 * availableParallelism(), ...connection } = readSandbox(given, '');
  return { maxIsolates: Math.min(256, maxIsolates), ...oneConnection(connection) };
}

export interface PrefixOptions {
  code: string;
  globals: ReadGlobals;
  preset: Preset;
  memoryMb: number;
  filename: string | undefined;
}

export function readPrefixOptions(given: unknown): PrefixOptions {
  const read = readPrefix(given, '');
  const { preset = 'web', memoryMb: mib = DEFAULT_MEMORY_MIB } = read;
  const text = read.code ?? '';
  if (Buffer.byteLength(text) > MAX_PREFIX_BYTES) {
    throw new CofferdamError(
      'CODE_TOO_LARGE',
      `a prefix has at most ${MAX_PREFIX_BYTES / MiB} MiB`,
    );
  }
  const globals = readGlobals((read.globals ?? {}) as SandboxGlobals);
  if (globals.fetch && !WITH_FETCH.has(preset)) {
    const message = `globals: guests of the preset '${preset}' have no fetch`;
    throw new CofferdamError('INVALID_INPUT', message);
  }
  return { code: text, globals, preset, memoryMb: mib, filename: read.filename };
}

export interface RunOptions {
  code: string;
  globals: ReadGlobals;
  limits: Required<RunLimits>;
  signal: AbortSignal | undefined;
  filename: string | undefined;
}

export function readRunOptions(given: unknown, prefix: PrefixOptions): RunOptions {
  const read = readRun(given, '');
  const { limits = {} } = read;
  const mib = limits.memoryMb ?? prefix.memoryMb;
  if (mib > prefix.memoryMb) {
    const message = `limits.memoryMb must be at most the prefix's memoryMb, ${prefix.memoryMb}, not ${mib}`;
    throw new CofferdamError('INVALID_INPUT', message);
  }
  return {
    code: readCode(read.code ?? ''),
    globals: rebound(prefix.globals, (read.globals ?? {}) as SandboxGlobals),
    limits: {
      cpuTimeMs: 1_000,
      wallTimeMs: 5_000,
      maxBridgeCalls: 1_000,
      maxBridgePayloadBytes: 0,
      ...limits,
      memoryMb: mib,
    },
    signal: read.signal,
    filename: read.filename,
  };
}
