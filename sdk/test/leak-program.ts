import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createFileBindings,
  createIsolateHost,
  createModuleResolver,
  type HostCallContext,
  type IsolateHost,
  type ScriptRuntime,
} from '../src/index.ts';

/**
 * A program that embeds: does everything that there is with so many runtimes, several times, and says
 * on its output what it holds after each time. Then it waits for a word to close its host.
 */
const [socketPath, entrypoint, folder, count] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const root = join(folder, 'root');
mkdirSync(root, { recursive: true });
writeFileSync(join(root, 'note.txt'), 'a note');

type Kept = (...args: unknown[]) => Promise<unknown>;

function bindings(kept: Kept[]) {
  return {
    console: { onEntry: () => {} },
    fetch: async (request: Request) =>
      request.url.endsWith('/fail')
        ? Promise.reject(new Error('no'))
        : new Response(request.body ?? (ReadableStream.from(endless()) as ReadableStream)),
    files: createFileBindings({ root, allowWrite: true }),
    modules: createModuleResolver()
      .virtual('fine', 'export default 1')
      .virtual('broken', 'export default ;')
      .fallback(() => null),
    tools: {
      add: async (a: number, b: number) => a + b,
      fail: () => {
        throw new Error('no');
      },
      hang: () => new Promise(() => {}),
      cycle: () => {
        const self: Record<string, unknown> = {};
        return Object.assign(self, { self });
      },
      keep: (f: Kept) => void kept.push(f),
      give: () => (x: number) => x + 1,
      async *numbers() {
        for (let i = 0; ; i++) yield i;
      },
      async *waiting({ signal }: HostCallContext) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
  };
}

async function* endless() {
  for (;;) yield new Uint8Array(1_000);
}

const ALL = `
  console.log('a line');
  const failed = [];
  const tried = async (work) => { try { await work() } catch (error) { failed.push(error.name) } };
  await add(1, 2);
  await tried(() => fail());
  await tried(() => cycle());
  await keep((x) => x * 2);
  const given = await give();
  await given(1);
  for await (const n of numbers()) if (n > 5) break;
  const steps = await waiting(); await steps.next();
  await (await fetch('http://a.test/', { method: 'POST', body: new Uint8Array(100_000) })).arrayBuffer();
  await tried(() => fetch('http://a.test/fail'));
  const reader = (await fetch('http://a.test/')).body.getReader();
  await reader.read(); await reader.cancel();
  const abort = new AbortController(); setTimeout(() => abort.abort(), 5);
  await tried(() => fetch('http://a.test/', { signal: abort.signal }).then((r) => r.text()));
  const folder = await getDirectory();
  await (await (await folder.getFileHandle('note.txt')).getFile()).text();
  await tried(() => folder.getFileHandle('missing'));
  await import('fine');
  await tried(() => import('broken'));
  await tried(() => import('missing'));
  setInterval(() => {}, 1);
  hang().catch(() => {});
  export default failed.length;`;

const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: Error) => error.name,
  );

/** How a runtime is ended, in turn. */
const ENDS: ((runtime: ScriptRuntime) => Promise<unknown>)[] = [
  (runtime) => runtime.dispose(),
  (runtime) => failure(runtime.eval('throw new Error("x")')).then(() => runtime.dispose()),
  (runtime) => failure(runtime.eval('for (;;);', { executionTimeout: 30 })),
  (runtime) => failure(runtime.eval('await hang()', { signal: AbortSignal.timeout(30) })),
  (runtime) => {
    const hanging = failure(runtime.eval('await hang()'));
    return Promise.all([runtime.dispose(), hanging]);
  },
  // Until its host is closed.
  () => Promise.resolve(),
];

async function one(host: IsolateHost, i: number): Promise<void> {
  const kept: Kept[] = [];
  const runtime = await host.createRuntime({ bindings: bindings(kept) });
  if ((await runtime.eval(ALL)) !== 7) throw new Error('the guest did not get along');
  await kept[0]!(2);
  await ENDS[i % ENDS.length]!(runtime);
}

async function session(): Promise<void> {
  const host = await createIsolateHost({ daemon: { socketPath, entrypoint } });
  for (let i = 0; i < Number(count); i += 6) {
    // eslint-disable-next-line no-await-in-loop -- few at a time
    await Promise.all(Array.from({ length: 6 }, (_, j) => one(host, i + j)));
  }
  await host.close();
}

/** What this process holds, with the garbage collected. */
async function held() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (let i = 0; i < 3; i++) {
    globalThis.gc!();
    // eslint-disable-next-line no-await-in-loop -- what finalizers do comes in a later turn
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    resources: process.getActiveResourcesInfo().sort(),
    descriptors: readdirSync('/proc/self/fd').length,
    heapBytes: process.memoryUsage().heapUsed,
  };
}

/** Says something, and waits until whoever listens has looked around. */
async function report(what: object): Promise<void> {
  process.stdout.write(`${JSON.stringify(what)}\n`);
  await new Promise((resolve) => process.stdin.resume().once('data', resolve));
  process.stdin.pause();
}

// It stays connected, so that the daemon does: what is counted is what a session left.
const idle = await createIsolateHost({ daemon: { socketPath, entrypoint } });
for (let round = 0; round < 3; round++) {
  // eslint-disable-next-line no-await-in-loop -- one round after the other
  await session();
  // eslint-disable-next-line no-await-in-loop
  await report(await held());
}
await idle.close();
process.stdout.write('closed\n');
process.stdin.unref();
