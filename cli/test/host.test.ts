import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CofferdamProcess } from './cofferdam-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-cli-host-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A daemon of this file's own, which ends by itself. */
async function host(name: string, code: string, ...args: string[]) {
  const path = join(folder, name);
  await writeFile(path, code);
  const env = { XDG_RUNTIME_DIR: folder };
  const cofferdam = new CofferdamProcess(['host', path, ...args], env);
  return { code: await cofferdam.exited, lines: cofferdam.lines, text: cofferdam.text };
}

const ADDER = `
  NETWORK.on('add', ({ a, b }) => NETWORK.send('sum', { sum: a + b }));
`;

describe('cofferdam host', () => {
  it('runs a script with V8Sandbox as a global, quietly', async () => {
    const ran = await host(
      'quick.js',
      `
      const sandbox = new V8Sandbox();
      const worker = await sandbox.createIsolate();
      worker.on('sum', (data) => console.log('sum:', data.sum));
      worker.execute(${JSON.stringify(ADDER)});
      worker.send('add', { a: 2, b: 3 });
      worker.destroy();
      sandbox.shutdown();
      console.log(sandbox.threadCount(), process.argv.length);
      `,
    );
    expect(ran).toMatchObject({ code: 0, lines: ['2 2', 'sum: 5'] });
  });

  it('runs TypeScript; ends when nothing is pending, without shutdown', async () => {
    const ran = await host(
      'typed.ts',
      `
      const sandbox: { createIsolate(): Promise<any>; threadCount(): number } = new (globalThis as any).V8Sandbox();
      console.log(sandbox.threadCount());
      const worker = await sandbox.createIsolate();
      worker.on('later', (data: { n: number }) => console.log('later', data.n));
      worker.execute('setTimeout(() => NETWORK.send("later", { n: 1 }), 120)');
      `,
      '3',
    );
    expect(ran).toMatchObject({ code: 0, lines: ['3', 'later 1'] });
  });

  it('limits workers as its arguments say, and tells of them with -v', async () => {
    const code = `
      const sandbox = new V8Sandbox();
      const worker = await sandbox.createIsolate();
      worker.onSystem('cpu_limit', () => console.log('over the limit'));
      worker.execute('for (;;) {}');
    `;
    const ran = await host('loop.mjs', code, '1', '100', '64', '-v');
    expect(ran.code).toBe(0);
    expect(ran.lines).toContain('over the limit');
    expect(ran.text).toMatch(/\[cofferdam\] sandbox: 1 threads, CPU 100 ms, memory 64 MiB/);
    expect(ran.text).toMatch(/\[cofferdam\] worker \S+ ended: cpu_limit/);
  });

  it.each([
    ['process.exitCode = 7', 7, /^$/],
    ['process.exit(5)', 5, /^$/],
    ['throw new Error("it broke")', 1, /Error: it broke/],
    ['await Promise.reject(new TypeError("late"))', 1, /TypeError: late/],
    ['Promise.reject(new TypeError("unheard"))', 1, /TypeError: unheard/],
    ['const a = ;', 1, /SyntaxError/],
    ['new V8Sandbox({ threads: 0 })', 1, /threads must be a whole number from 1 to 64/],
  ])('answers the exit code of %j', async (code, exitCode, text) => {
    const ran = await host('ends.mjs', code);
    expect(ran.code).toBe(exitCode);
    expect(ran.text).toMatch(text);
  });

  it.each([
    [[], 2, /expected cofferdam host <script>/],
    [['none.js'], 2, /none.js cannot be read/],
    [['SCRIPT', 'many'], 2, /threads must be a number from 1 to 64, not 'many'/],
    [['SCRIPT', '2', '0'], 2, /cpu_limit_ms must be a number from 1 to 600000/],
    [['SCRIPT', '2', '500', '3'], 2, /memory_limit_mb must be 0 or a number from 16/],
  ])('refuses %j', async (given, code, text) => {
    const script = join(folder, 'fine.js');
    await writeFile(script, '');
    const args = given.map((arg) => (arg === 'SCRIPT' ? script : arg));
    const cofferdam = new CofferdamProcess(['host', ...args]);
    expect(await cofferdam.exited).toBe(code);
    expect(cofferdam.text).toMatch(text);
  });
});
