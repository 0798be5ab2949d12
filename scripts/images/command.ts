import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds after which it is ended, which is a failure. Default: it may take its time. */
  timeout?: number;
}

/** Runs a program to its end; answers its standard output, throws with what it said when it failed. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], { ...options, maxBuffer: 64 * 2 ** 20 });
    return stdout;
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as Error & Record<'stdout' | 'stderr', string>;
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-40).join('\n');
    throw new Error(`\`${program} ${args.join(' ')}\` failed:\n${said || message}`, {
      cause: error,
    });
  }
}

/** Whether the program can be started and answers `--version` (or what is given). */
export function works(program: string, args: readonly string[] = ['--version']): boolean {
  return spawnSync(program, [...args], { stdio: 'ignore' }).status === 0;
}
