import { afterEach, describe, expect, it } from 'vitest';
import { Compiler } from '../src/compiler/client.ts';

const compilers: Compiler[] = [];

function compilerOf(): Compiler {
  const compiler = new Compiler();
  compilers.push(compiler);
  return compiler;
}

afterEach(async () => {
  await Promise.all(compilers.splice(0).map((compiler) => compiler.close()));
});

describe('the compiler process', () => {
  it('that is killed while it compiles is no fault of the source', async () => {
    const compiler = compilerOf();
    compiler.warm();
    const { pid } = compiler;
    const first = compiler.compile('return 1', 'auto');
    const second = compiler.compile('return 2', 'auto');
    process.kill(pid!, 'SIGKILL');
    expect((await first).compiled.ok).toBe(true);
    expect((await second).compiled.ok).toBe(true);
    expect(compiler.pid).not.toBe(pid);
  });

  it('is not started again when it has been closed', async () => {
    const compiler = compilerOf();
    compiler.warm();
    const running = compiler.compile('return 1', 'auto');
    const lost = running.catch((error: { code: string }) => error.code);
    await compiler.close();
    expect(await lost).toBe('SHUTTING_DOWN');
    expect(compiler.pid).toBeUndefined();
    await expect(compiler.compile('return 3', 'auto')).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
  });
});
