import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createFileBindings,
  createIsolateHost,
  createModuleResolver,
  type IsolateHost,
} from 'cofferdam';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Instance } from './instance.ts';

interface Place {
  host: IsolateHost;
  end(): Promise<void>;
}

/** The two ways to a keeper of runtimes: the tests below do not know which they are on. */
const PLACES: Record<string, () => Promise<Place>> = {
  async 'a daemon'() {
    const folder = await mkdtemp(join(tmpdir(), 'embedders-'));
    const host = await createIsolateHost({ daemon: { socketPath: join(folder, 'd.sock') } });
    return { host, end: () => rm(folder, { recursive: true, force: true }) };
  },
  async 'a gateway'() {
    const up = await Instance.start();
    const host = await createIsolateHost({ gateway: { url: up.url } });
    return { host, end: () => up[Symbol.asyncDispose]() };
  },
};

describe.each(Object.entries(PLACES))('an embedder of %s', (_name, start) => {
  let place: Place;
  let root: string;
  beforeAll(async () => {
    place = await start();
    root = await mkdtemp(join(tmpdir(), 'embedders-files-'));
  }, 60_000);
  afterAll(async () => {
    await place.host.close();
    await place.end();
    await rm(root, { recursive: true });
  });

  it('has all its bindings called by one guest', async () => {
    const lines: string[] = [];
    const runtime = await place.host.createRuntime({
      bindings: {
        console: { onEntry: ({ stdout }) => void lines.push(stdout) },
        fetch: async (request) => Response.json({ path: new URL(request.url).pathname }),
        files: createFileBindings({ root, allowWrite: true }),
        modules: createModuleResolver().virtual(
          '@/shared',
          'export const mode: string = "sandbox";',
          { filename: 'shared.ts', resolveDir: '/app' },
        ),
        tools: {
          greet: async (name: string) => `hello ${name}`,
          async *count(to: number) {
            for (let i = 1; i <= to; i++) yield i;
          },
        },
      },
    });
    const value = await runtime.eval(
      `
        import { mode } from '@/shared';
        const answer = await fetch('https://example.com/a/b');
        const folder = await getDirectory('/');
        const writable = await (await folder.getFileHandle('note', { create: true })).createWritable();
        await writable.write('kept');
        await writable.close();
        const note = await (await (await folder.getFileHandle('note')).getFile()).text();
        const counted: number[] = [];
        for await (const n of count(3)) counted.push(n);
        console.log(await greet(mode));
        export default { fetched: await answer.json(), note, counted };
      `,
      '/app/main.ts',
    );
    expect(value).toEqual({ fetched: { path: '/a/b' }, note: 'kept', counted: [1, 2, 3] });
    expect(lines).toEqual(['hello sandbox']);
    await runtime.dispose();
  });

  it('keeps a guest between evals, and ends it in the middle of a loop', async () => {
    const runtime = await place.host.createRuntime();
    await runtime.eval('globalThis.count = 1');
    await expect(runtime.eval('export default ++globalThis.count')).resolves.toBe(2);
    const abort = new AbortController();
    const looping = runtime.eval('for (;;);', { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await expect(looping).rejects.toMatchObject({ name: 'AbortError' });
    await expect(runtime.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('sends and gets bodies of 3 MB, piece by piece', async () => {
    const runtime = await place.host.createRuntime({
      bindings: { fetch: async (request) => new Response(request.body) },
    });
    const size = await runtime.eval(`
      const body = new Uint8Array(3_000_000).fill(7);
      const answer = await fetch('https://example.com/', { method: 'POST', body });
      const back = new Uint8Array(await answer.arrayBuffer());
      export default [back.length, back.every((byte) => byte === 7)];
    `);
    expect(size).toEqual([3_000_000, true]);
    await runtime.dispose();
  });

  it('has no guest when it has closed its connection', async () => {
    const other = await start();
    const ended = vi.fn<(reason: unknown) => void>();
    const runtime = await other.host.createRuntime({
      bindings: {
        tools: {
          hang: (context: { signal: AbortSignal }) =>
            new Promise(() => context.signal.addEventListener('abort', () => ended('aborted'))),
        },
      },
    });
    const evaluated = runtime.eval('await hang()').catch((error: unknown) => error);
    const within = { timeout: 15_000 };
    await vi.waitUntil(async () => (await runtime.diagnostics()).pendingTools === 1, within);
    await other.host.close();
    expect(await evaluated).toBeInstanceOf(Error);
    expect(ended).toHaveBeenCalledWith('aborted');
    await other.end();
  });
});
