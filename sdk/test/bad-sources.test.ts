import { describe, expect, it } from 'vitest';
import { createModuleResolver, type HostBindings, type ModuleResolver } from '../src/index.ts';
import { ownDaemon, runtimesOn } from './harness.ts';
import { failureOf, hostile, revoked, type Failure } from './hostile-values.ts';

const { openHost } = ownDaemon();
const open = runtimesOn(openHost);
const opened = async (bindings: HostBindings) => (await open({ bindings })).runtime;

describe('files that answer', () => {
  it('what is no bytes, no names and no stat fails the operation', async () => {
    const nonsense = ['text', 5, null, undefined, {}, revoked(), hostile(), Symbol('s')];
    // The last character of a path is the number of the answer.
    const nth = (path: string): unknown => nonsense[Number(path.at(-1))];
    const fine = { isFile: true, isDirectory: false, size: 3 };
    const folder = { isFile: false, isDirectory: true, size: 0 };
    const runtime = await opened({
      files: {
        stat: async (path) =>
          path.includes('f') ? fine : path.includes('d') ? folder : (nth(path) as never),
        readFile: async (path) => nth(path) as never,
        readdir: async (path) => nth(path) as never,
      },
    });
    for (const i of nonsense.keys()) {
      const works = [
        `await (await (await (await getDirectory()).getFileHandle("f${i}")).getFile()).text()`,
        `await (await (await getDirectory()).getFileHandle("${i}")).getFile()`,
        `for await (const key of (await (await getDirectory()).getDirectoryHandle("d${i}")).keys());`,
      ];
      for (const work of works) {
        // eslint-disable-next-line no-await-in-loop -- one runtime, one after the other
        const failure = (await runtime.eval(failureOf(work))) as Failure;
        expect([work, failure.isError]).toEqual([work, true]);
        expect(failure.message + failure.stack).not.toMatch(/sdk\/src|node_modules/);
      }
    }
    expect(await runtime.diagnostics()).toMatchObject({ activeResources: 0 });
  });

  it('100 MB fail, and a size that is not true does no harm', async () => {
    const sizes: unknown[] = [3, Number.NaN, -1, Infinity, 2 ** 70, 'x', {}];
    const runtime = await opened({
      files: {
        stat: async (path) => ({
          isFile: true,
          isDirectory: false,
          size: sizes[Number(path.at(-1))] as number,
        }),
        readFile: async (path) => new ArrayBuffer(path.endsWith('0') ? 100_000_000 : 3),
      },
    });
    for (const i of sizes.keys()) {
      const work = `await (await (await (await getDirectory()).getFileHandle("${i}")).getFile()).text()`;
      // eslint-disable-next-line no-await-in-loop -- one runtime, one after the other
      const failure = (await runtime.eval(failureOf(work))) as Failure | 'none';
      if (i === 0) expect(failure).toMatchObject({ isError: true });
    }
    expect(await runtime.eval('export default 1')).toBe(1);
  });

  it('a million names fail', async () => {
    const names = Array.from({ length: 1_000_000 }, () => 'a');
    const runtime = await opened({ files: { readdir: async () => names } });
    const work = 'for await (const key of (await getDirectory()).keys());';
    expect(((await runtime.eval(failureOf(work))) as Failure).isError).toBe(true);
    expect(await runtime.eval('export default 1')).toBe(1);
  });
});

describe('modules that are', () => {
  const importing = async (modules: ModuleResolver, code: string) => {
    const { host, runtime } = await open({ bindings: { modules } });
    const failure = await runtime.eval(code).then(
      () => undefined,
      (error: Error & { code?: string }) => error,
    );
    // Whatever it was, it was this runtime's own affair.
    expect(await (await host.createRuntime()).eval('export default 1')).toBe(1);
    return { failure, runtime };
  };

  it('none, whatever is answered instead, fail the import', async () => {
    const answers = [5, {}, { code: 5 }, [], Symbol('s'), revoked(), hostile(), true];
    const nth = (name: string) => answers[Number.parseInt(name.slice(-1), 10)] as never;
    const modules = createModuleResolver().sourceTree('/tree/', nth).fallback(nth);
    for (const i of answers.keys()) modules.virtual(`virtual${i}`, () => nth(`${i}`));
    const own: ModuleResolver = {
      ...createModuleResolver(),
      resolve: (specifier) =>
        specifier.startsWith('l') ? nth(specifier) : Promise.resolve(nth(specifier)),
    };
    const [found, ownFound] = await Promise.all([opened({ modules }), opened({ modules: own })]);
    for (const i of answers.keys()) {
      const imports = [
        ...['virtual', '/tree/', 'other'].map((name) => found.eval(`import '${name}${i}'`)),
        ...['later', 'now'].map((name) => ownFound.eval(`import '${name}${i}'`)),
      ];
      // eslint-disable-next-line no-await-in-loop -- few at a time
      for (const work of await Promise.allSettled(imports)) {
        expect(work).toMatchObject({ status: 'rejected', reason: { code: 'EXCEPTION' } });
        expect((work as PromiseRejectedResult).reason).toMatchObject({
          message: expect.not.stringMatching(/sdk\/src|INTERNAL/) as string,
        });
      }
    }
    expect(await found.eval('export default 1')).toBe(1);
  });

  it('a source of 20 MB fails the import, and says that it is too large', async () => {
    const modules = createModuleResolver().virtual('big', () => `/*${'x'.repeat(20_000_000)}*/`);
    const { failure } = await importing(modules, 'import "big"');
    expect(failure?.message).toMatch(/large/i);
  });

  it('10,000 in number fail the import, and say how many there may be', async () => {
    const modules = createModuleResolver()
      .virtual('all', Array.from({ length: 10_000 }, (_, i) => `import "/m/${i}.js";`).join('\n'))
      .sourceTree('/m/', (path) => (path.endsWith('.js') ? '' : null));
    const { failure } = await importing(modules, 'import "all"');
    expect(failure?.message).toMatch(/at most \d+ modules/);
  });

  it('nested 3,000 levels deep fail the import', async () => {
    const modules = createModuleResolver().sourceTree('/deep/', (path) => {
      const level = Number.parseInt(path, 10);
      return level < 3_000 ? `import "/deep/${level + 1}.js"` : '';
    });
    const { failure } = await importing(modules, 'import "/deep/0.js"');
    expect(failure?.message).toMatch(/nested too deeply|at most/);
  });

  it('importing themselves, and each other in a ring of 500, are evaluated once each', async () => {
    let asked = 0;
    const modules = createModuleResolver()
      .virtual(
        'self',
        'import * as me from "self"; globalThis.selves = (globalThis.selves ?? 0) + 1; export default me.default;',
      )
      .sourceTree('/ring/', (path) => {
        asked++;
        const next = (Number.parseInt(path, 10) + 1) % 500;
        return `import "/ring/${next}.js"; globalThis.count = (globalThis.count ?? 0) + 1;`;
      });
    const { failure, runtime } = await importing(modules, 'import "/ring/0.js"');
    expect(failure).toBeUndefined();
    expect(await runtime.eval('import "/ring/7.js"; export default count')).toBe(500);
    expect(asked).toBeLessThan(510);
  });
});
