import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Contender } from '../contender.ts';
import { BODY, checkResult, INPUT } from '../workload.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** A Deno process without permissions for each script, as people start it by hand. */
export function denoProcess(): Contender {
  const deno = require.resolve('deno/bin.cjs').replace(/bin\.cjs$/, 'deno');
  const script = `const input = ${JSON.stringify(INPUT)};
    console.log(JSON.stringify(await (async () => { ${BODY} })()))`;
  const url = `data:application/javascript;base64,${Buffer.from(script).toString('base64')}`;
  return {
    name: 'Deno process per script',
    about: 'deno run --no-prompt, cold, output read back',
    samples: 40,
    stop: async () => {},
    once: async () => {
      const { stdout } = await run(deno, ['run', '--no-prompt', '--no-config', '--no-lock', url]);
      checkResult(JSON.parse(stdout));
    },
  };
}
