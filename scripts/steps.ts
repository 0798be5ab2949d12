import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A command of the repository's tooling. */
export interface Step {
  name: string;
  command: string;
  args: string[];
}

interface StepResult {
  name: string;
  passed: boolean;
  output: string;
}

/** Runs one command to its end. One that cannot be started is one that failed. */
async function runStep({ name, command, args }: Step): Promise<StepResult> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<boolean>((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
  const [out, err, passed] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { name, passed, output: `${out}${err}`.trim() };
}

/** Runs every command, one after another, whatever the ones before said; whether all passed. */
export async function runSteps(steps: readonly Step[]): Promise<boolean> {
  const failed: string[] = [];
  for (const step of steps) {
    // eslint-disable-next-line no-await-in-loop -- in order, so that the output can be read
    const { name, passed, output } = await runStep(step);
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${name}`);
    if (passed) continue;
    failed.push(name);
    if (output !== '') console.log(`\n${output}\n`);
  }
  if (failed.length > 0) console.log(`\n${failed.length} failed: ${failed.join(', ')}`);
  return failed.length === 0;
}
