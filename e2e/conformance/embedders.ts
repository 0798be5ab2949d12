import { createIsolateHost, createModuleResolver, type IsolateHost } from 'cofferdam';
import { expect, it, vi } from 'vitest';
import type { Client } from './client.ts';

async function embed(client: Client, work: (host: IsolateHost) => Promise<void>): Promise<void> {
  const { url, headers } = client.instance;
  const token = headers?.authorization?.replace('Bearer ', '');
  // As every call here, it waits for the tenant's runner.
  await client.expectServed();
  const host = await createIsolateHost({
    gateway: { url, namespace: client.tenant, ...(token === undefined ? {} : { token }) },
  });
  try {
    await work(host);
  } finally {
    await host.close();
  }
}

/** Stateful guests, kept in a runner for an embedder that calls from outside. */
export function embedderTests(on: () => Client): void {
  it('have their guests kept between evals, and their bindings called', async () => {
    await embed(on(), async (host) => {
      const lines: string[] = [];
      const runtime = await host.createRuntime({
        bindings: {
          console: { onEntry: ({ stdout }) => void lines.push(stdout) },
          fetch: async (request) => new Response(request.body),
          modules: createModuleResolver().virtual(
            '/twice.ts',
            'export default (n: number) => 2 * n;',
          ),
          tools: { greet: async (name: string) => `hello ${name}` },
        },
      });
      await runtime.eval(`
        import twice from '/twice.ts';
        const body = new Uint8Array(300_000);
        const answer = await fetch('https://example.com/', { method: 'POST', body });
        globalThis.kept = twice((await answer.arrayBuffer()).byteLength);
        console.log(await greet('runner'));
      `);
      await expect(runtime.eval('export default kept')).resolves.toBe(600_000);
      expect(lines).toEqual(['hello runner']);
    });
  });

  it('end a guest that loops, and no other', async () => {
    await embed(on(), async (host) => {
      const [one, other] = [await host.createRuntime(), await host.createRuntime()];
      await other.eval('globalThis.kept = 1');
      const looping = one.eval('for (;;);', { executionTimeout: 300 });
      await expect(looping).rejects.toMatchObject({ code: 'WALL_TIME_EXCEEDED' });
      await expect(one.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
      await expect(other.eval('export default kept')).resolves.toBe(1);
    });
    await on().expectServed();
  });
}

/** What becomes of them when a runner ends. */
export function embedderEndTests(on: () => Client): void {
  it('are told so when their guest’s runner is gone, and may have another', async () => {
    await embed(on(), async (host) => {
      const runtime = await host.createRuntime();
      const evaluated = runtime
        .eval('await new Promise(() => {})')
        .catch((error: unknown) => error);
      await runtime.diagnostics();
      await on().killRunner();
      expect(await evaluated).toMatchObject({ code: 'CONNECTION_LOST' });
      const next = await vi.waitUntil(() => host.createRuntime().catch(() => undefined), {
        timeout: 30_000,
      });
      await expect(next.eval('export default 6 * 7')).resolves.toBe(42);
    });
  });

  it('of two tenants have their guests in runners of their own', async () => {
    const [ash, birch] = [on().as('ash'), on().as('birch')];
    await embed(ash, async (host) => {
      const runtime = await host.createRuntime();
      await embed(birch, async (other) => {
        const beside = await other.createRuntime();
        expect((await ash.runner())?.runnerId).not.toBe((await birch.runner())?.runnerId);
        await birch.killRunner();
        await expect(beside.eval('1')).rejects.toBeInstanceOf(Error);
      });
      await expect(runtime.eval('export default 1')).resolves.toBe(1);
    });
  });
}
