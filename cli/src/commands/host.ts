import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArgs } from '../args.ts';
import type { HostDefaults } from '../host/defaults.ts';
import { UsageError } from '../usage-error.ts';

const PROGRAM = fileURLToPath(new URL('../host/main.ts', import.meta.url));
const DEFAULTS = { threads: 2, cpuLimitMs: 500, memoryLimitMb: 0 };

/**
 * `cofferdam host <script> [threads] [cpu_limit_ms] [memory_limit_mb] [-v]`: runs a script in a Node
 * process that has `V8Sandbox` as a global. Answers its exit code.
 */
export async function hostCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArgs(
    args,
    { verbose: { type: 'boolean', short: 'v', default: false } },
    { atLeast: 1, atMost: 4, names: USAGE },
  );
  const [script = '', threads, cpuLimitMs, memoryLimitMb] = positionals;
  const path = resolve(script);
  await access(path).catch(() => {
    throw new UsageError(`${script} cannot be read`);
  });
  return await runHost(path, {
    threads: readNumber(threads, 'threads', [1, 64]) ?? DEFAULTS.threads,
    cpuLimitMs: readNumber(cpuLimitMs, 'cpu_limit_ms', [1, 600_000]) ?? DEFAULTS.cpuLimitMs,
    memoryLimitMb: readMemory(memoryLimitMb) ?? DEFAULTS.memoryLimitMb,
    verbose: values.verbose,
  });
}

const USAGE = 'cofferdam host <script> [threads] [cpu_limit_ms] [memory_limit_mb] [--verbose]';

/** A process of its own, so that the script is its program and nothing of the command's goes on in it. */
async function runHost(script: string, defaults: HostDefaults): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, script, JSON.stringify(defaults)], {
    stdio: 'inherit',
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGTERM', pass).on('SIGINT', pass);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    process.off('SIGTERM', pass).off('SIGINT', pass);
  }
}

function readMemory(text: string | undefined): number | undefined {
  return text === '0' ? 0 : readNumber(text, 'memory_limit_mb', [16, 2_048], '0 or ');
}

// eslint-disable-next-line max-params -- what a message needs
function readNumber(
  text: string | undefined,
  name: string,
  [least, most]: [number, number],
  beside = '',
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d{1,7}$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`${name} must be ${beside}a number from ${least} to ${most}, not '${text}'`);
}
