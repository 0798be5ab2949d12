import { randomUUID } from 'node:crypto';
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

interface SeenSession {
  id: string;
  key: string;
}

const SHOP = `
  serve({
    async fetch(request, server) {
      if (request.url.endsWith('/socket') && server.upgrade(request)) return;
      const { length } = await request.text();
      return Response.json({ ...(await user()), length });
    },
    websocket: { message: (ws, data) => ws.send('echo ' + data) },
  });`;

/** What else an embedder has of a runner's: app servers and test runtimes. */
export function embedderKindTests(on: () => Client): void {
  it('have servers that answer them, whose tools know for which request they are called', async () => {
    await embed(on(), async (host) => {
      const sent: unknown[] = [];
      const server = await host.createAppServer({
        key: 'shop',
        entry: '/shop.ts',
        bindings: {
          modules: createModuleResolver().virtual('/shop.ts', SHOP),
          tools: {
            user: async (_input: unknown, context: { metadata?: unknown }) => context.metadata,
          },
        },
        webSockets: { onCommand: (command) => void sent.push(command) },
      });
      const ask = async (user: string) => {
        const body = user.repeat(100_000);
        const asked = new Request('http://shop/', { method: 'POST', body });
        const result = await server.handle(asked, { metadata: { user } });
        return result.type === 'response' ? await result.response.json() : undefined;
      };
      expect(await Promise.all([ask('a'), ask('b')])).toEqual([
        { user: 'a', length: 100_000 },
        { user: 'b', length: 100_000 },
      ]);
      const upgraded = await server.handle(new Request('http://shop/socket'));
      if (upgraded.type !== 'websocket') throw new Error('it was not upgraded');
      const { connectionId } = upgraded.upgradeData;
      await server.ws.open(connectionId);
      await server.ws.message(connectionId, 'hi');
      await expect.poll(() => sent).toEqual([{ type: 'message', connectionId, data: 'echo hi' }]);
    });
  });

  it('have tests run, and their results', async () => {
    await embed(on(), async (host) => {
      const runtime = await host.createTestRuntime({
        key: 'tests',
        bindings: { tools: { price: async (item: string) => item.length } },
      });
      const results = await runtime.run(`
        test('tea', async () => expect(await price('tea')).toBe(3));
        test('coffee', async () => expect(await price('coffee')).toBe(7));
      `);
      expect(results).toMatchObject({ success: false, passed: 1, failed: 1 });
      expect(results.tests[1]?.error).toMatchObject({ expected: '7', actual: '6' });
    });
  });
}

/** Guests with a key, which outlive whoever uses them. */
export function embedderSessionTests(on: () => Client): void {
  it('have sessions, which outlive their handles, for embedders and over HTTP', async () => {
    const key = `conformance ${randomUUID()}`;
    await embed(on(), async (host) => {
      const session = await host.getNamespacedRuntime(key, {
        bindings: { tools: { greet: async (name: string) => `hello ${name}` } },
      });
      expect(session.created).toBe(true);
      await session.eval(`globalThis.kept = await greet('session')`);
      await session.dispose();
    });
    const { sessions } = (await on().get('/v1/sessions')).body as { sessions: SeenSession[] };
    const { id } = sessions.find((each) => each.key === key)!;
    const path = `/v1/sessions/${id}/eval`;
    const asked = await on().post(path, { code: 'export default kept' });
    expect(asked.body).toMatchObject({ success: true, result: 'hello session' });
    await embed(on(), async (host) => {
      const session = await host.getNamespacedRuntime(key);
      expect([session.created, await session.eval('export default kept')]).toEqual([
        false,
        'hello session',
      ]);
      expect(await on().post(path, { code: '1' })).toMatchObject({ status: 409 });
      await session.dispose({ hard: true });
      expect(await on().post(path, { code: '1' })).toMatchObject({ status: 404 });
    });
  });

  it('are told so of a session that was lost while nobody had it', async () => {
    const key = `lost ${randomUUID()}`;
    await embed(on(), async (host) => {
      const session = await host.getNamespacedRuntime(key);
      await session.eval('globalThis.kept = 1');
      await session.dispose();
      await on().killRunner();
      await expect(host.getNamespacedRuntime(key)).rejects.toMatchObject({ code: 'SESSION_LOST' });
      await host.disposeNamespace(key);
      await on().expectServed();
      const next = await host.getNamespacedRuntime(key);
      expect([next.created, await next.eval('export default typeof kept')]).toEqual([
        true,
        'undefined',
      ]);
      await next.dispose({ hard: true });
    });
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
