import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * Runs a program to its end and gives its standard output.
 * @throws an Error with its standard error, when it ended with anything but 0.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const child = spawn(program, args, {
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => output.push(piece));
  child.stderr.on('data', (piece: Buffer) => errors.push(piece));
  // A program that does not read its input ends the pipe; its exit code says all there is to say.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('error', reject);
  child.once('close', (code, signal) => {
    if (code === 0) resolve(Buffer.concat(output).toString());
    else {
      const said = Buffer.concat(errors).toString().trim();
      reject(new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}: ${said}`));
    }
  });
  return promise;
}
