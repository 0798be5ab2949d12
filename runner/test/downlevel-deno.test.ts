import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { installedDeno } from '../src/engines/deno/binary.ts';

const PROGRAM = `import { AsyncLocalStorage } from 'node:async_hooks';
  const als = new AsyncLocalStorage();
  const task = async () => {
    const out = [als.getStore()], see = () => out.push(als.getStore());
    await 0; see();
    try { await Promise.reject(1); } catch { see(); }
    await new Promise((r) => setTimeout(r, 1)); see();
    for await (const x of (async function* () { yield 1; })()) see();
    await new ReadableStream({ start(c) { c.close(); } }).getReader().read(); see();
    await { then(r) { see(); r(); } };
    return out;
  };
  console.log(JSON.stringify(await Promise.all(['a', 'b'].map((name) => als.run(name, task)))));`;

it('Deno keeps the context of its own: nothing is rewritten for it', () => {
  const args = ['run', '--no-prompt', '--no-config', '-'];
  const options = { input: PROGRAM, env: { NO_COLOR: '1' }, encoding: 'utf8' } as const;
  const seen = JSON.parse(execFileSync(installedDeno(), args, options)) as string[][];
  expect(seen).toEqual([Array(7).fill('a'), Array(7).fill('b')]);
});
