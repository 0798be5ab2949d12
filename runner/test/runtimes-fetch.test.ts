import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BindingFetch, FetchHead, IncomingCall } from '@cofferdam/protocol';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder, SPEC } from './runtime-embedder.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

const bindings = { ...SPEC.bindings, fetch: true };

function head(fields: Partial<FetchHead> = {}): FetchHead {
  const plain = { status: 200, statusText: 'OK', headers: [], redirected: false };
  return { ...plain, url: 'https://example.test/', ...fields } as FetchHead;
}

async function withFetch(fetch: (call: IncomingCall) => unknown) {
  return (await embedder({ keeper, fetch })).open({ bindings });
}

describe("a runtime's fetch", () => {
  it('is answered by its embedder', async () => {
    const starts: BindingFetch[] = [];
    const runtime = await withFetch(async (call) => {
      starts.push(call.payload as BindingFetch);
      const body: Buffer[] = [];
      for await (const chunk of call.data) body.push(chunk);
      call.emit({ head: head({ status: 201, headers: [['x-a', 'b']] }) });
      await call.write(Buffer.concat([Buffer.from('got '), ...body]));
      call.end();
      return {};
    });
    const code = `const answer = await fetch('https://example.test/', { method: 'POST', body: 'this', headers: { 'x-q': '1' } });
      export default [answer.status, answer.headers.get('x-a'), await answer.text()]`;
    expect(await runtime.value(code)).toEqual([201, 'b', 'got this']);
    expect(starts[0]).toMatchObject({
      runtimeId: runtime.id,
      url: 'https://example.test/',
      method: 'POST',
      hasBody: true,
    });
    expect((await runtime.figures()).fetches).toBe(1);
  });

  it('streams both ways as it goes', async () => {
    const runtime = await withFetch(async (call) => {
      call.emit({ head: head() });
      for await (const chunk of call.data) await call.write(Buffer.from(`<${chunk.toString()}>`));
      call.end();
      return {};
    });
    const code = `const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const asked = fetch('https://example.test/', { method: 'POST', body: readable, duplex: 'half' });
      const encode = (text) => writer.write(new TextEncoder().encode(text));
      const reader = (await asked).body.getReader();
      const seen = [];
      for (const text of ['a', 'b']) {
        await encode(text);
        seen.push(new TextDecoder().decode((await reader.read()).value));
      }
      await writer.close();
      seen.push((await reader.read()).done);
      export default seen;`;
    expect(await runtime.value(code)).toEqual(['<a>', '<b>', true]);
  });

  it('carries large bodies', async () => {
    const runtime = await withFetch(async (call) => {
      call.emit({ head: head() });
      for (let i = 0; i < 32; i++) await call.write(Buffer.alloc(256 * 1024, i));
      call.end();
      return {};
    });
    const code = `const bytes = new Uint8Array(await (await fetch('https://example.test/')).arrayBuffer());
      export default [bytes.length, bytes[0], bytes.at(-1)]`;
    expect(await runtime.value(code)).toEqual([8 * 1024 * 1024, 0, 31]);
  });

  it('is told of an abort', async () => {
    const aborted = Promise.withResolvers<void>();
    const runtime = await withFetch((call) => {
      call.signal.addEventListener('abort', () => aborted.resolve());
      return new Promise(() => {});
    });
    const code = `export default await fetch('https://example.test/', { signal: AbortSignal.timeout(20) }).catch((error) => error.name)`;
    expect(await runtime.value(code)).toBe('TimeoutError');
    await aborted.promise;
  });

  it('ends with its runtime', async () => {
    const aborted = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const runtime = await withFetch((call) => {
      call.signal.addEventListener('abort', () => aborted.resolve());
      asked.resolve();
      return new Promise(() => {});
    });
    void runtime.eval("await fetch('https://example.test/')").catch(() => {});
    await asked.promise;
    runtime.dispose();
    await expect(aborted.promise).resolves.toBeUndefined();
  });

  it('is refused where the embedder gave none', async () => {
    const runtime = await (await embedder({ keeper })).open();
    const code = `export default await fetch('https://example.test/').catch((error) => [error.name, error.message])`;
    expect(await runtime.value(code)).toEqual([
      'TypeError',
      expect.stringContaining('fetch is not available: the host gave no fetch binding') as string,
    ]);
  });

  it('survives a head that is none', async () => {
    const runtime = await withFetch((call) => {
      call.emit({ head: { status: 9000, headers: 'x' } });
      return {};
    });
    const code = `export default await fetch('https://example.test/').catch((error) => error.name)`;
    expect(await runtime.value(code)).toBe('TypeError');
    expect(await runtime.value('export default 1')).toBe(1);
  });
});
