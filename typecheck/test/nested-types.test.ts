import { afterAll, expect, it } from 'vitest';
import { createTypechecker } from '../src/index.ts';

const checker = createTypechecker();
afterAll(() => checker.close());

async function errorsOf(code: string) {
  const capabilities = ['host', 'browser', 'tests'] as const;
  const { errors } = await checker.check({
    code,
    profile: 'backend',
    capabilities: [...capabilities],
  });
  return errors.map(({ line, message }) => `${line}: ${message}`);
}

it.each(['cofferdam', '@ricsam/isolate'])('knows the module %s of a guest', async (name) => {
  const code = `
    import { createFileBindings, createIsolateHost, createModuleResolver } from '${name}';
    const host = createIsolateHost();
    const modules = createModuleResolver().virtual('/s.ts', 'x').fallback(async (specifier, { path }) => specifier + path);
    const child = await host.createRuntime({
      bindings: {
        tools: { greet: async (name: string) => 'hello ' + name },
        fetch: async (request, { signal }) => new Response(request.body),
        files: createFileBindings({ root: '/part' }),
        browser, modules,
      },
      nestedHost: false,
    });
    const value: unknown = await child.eval('1', { signal: AbortSignal.timeout(10) });
    const server = await host.createAppServer({ key: 'k', entry: '/s.ts', bindings: { modules } });
    const result = await server.handle(new Request('http://a.test/'), { requestId: 'r' });
    if (result.type === 'response') await result.response.json();
    const session = await host.getNamespacedRuntime('k');
    const passed: number = (await session.runTests('')).passed;
    await host.close();
    export default [value, passed];`;
  expect(await errorsOf(code)).toEqual([]);
});

it('has nothing that leads to files of the host', async () => {
  const code = `import { createModuleResolver } from 'cofferdam';
    createModuleResolver().mountNodeModules('/node_modules', '/');`;
  expect((await errorsOf(code)).join()).toContain('mountNodeModules');
});
