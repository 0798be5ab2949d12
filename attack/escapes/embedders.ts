import {
  createIsolateHost,
  createModuleResolver,
  type ConsoleEntry,
  type HostBindings,
  type IsolateHost,
} from 'cofferdam';
import type { Kind } from './embedded.ts';

/** Guests of an embedder on a target's gateway, with every binding there is. */
export class Embedder implements AsyncDisposable {
  readonly #host: IsolateHost;
  #keys = 0;

  private constructor(host: IsolateHost) {
    this.#host = host;
  }

  static async connect(url: string): Promise<Embedder> {
    return new Embedder(await createIsolateHost({ gateway: { url } }));
  }

  /**
   * Evaluates statements in a fresh guest; answers the console lines that they wrote, and what came of them. In a
   * guest that serves they see `request` and `server` of a request.
   */
  async run(kind: Kind, code: string): Promise<{ lines: string[]; outcome: unknown }> {
    const lines: string[] = [];
    const bindings = bindingsOf((text) => void lines.push(text));
    const outcome = await this.#start(kind, code, bindings).catch(({ name, message }: Error) => ({
      name,
      message,
    }));
    return { lines, outcome };
  }

  async #start(kind: Kind, code: string, bindings: HostBindings): Promise<unknown> {
    const nestedHost = { maxRuntimes: 2 };
    const key = `attack-${++this.#keys}`;
    if (kind === 'tests') {
      const runtime = await this.#host.createTestRuntime({ bindings });
      const suite = `test('attempt', async () => { ${code} })`;
      return runtime.run(suite, { timeoutMs: 20_000 }).finally(() => runtime.dispose());
    }
    if (kind === 'server') return this.#serve(code, key, bindings);
    const runtime =
      kind === 'session'
        ? await this.#host.getNamespacedRuntime(key, { bindings })
        : await this.#host.createRuntime({ bindings, nestedHost });
    const over = () => (kind === 'session' ? this.#host.disposeNamespace(key) : runtime.dispose());
    return runtime.eval(code, { filename: '/main.js' }).finally(over);
  }

  async #serve(code: string, key: string, bindings: HostBindings): Promise<unknown> {
    const source = `serve({ async fetch(request, server) { ${code}\nreturn new Response('done') } })`;
    const modules = createModuleResolver().virtual('/server.js', source);
    const options = { key, entry: '/server.js', bindings: { ...bindings, modules } };
    const server = await this.#host.createAppServer(options);
    try {
      const request = new Request('http://localhost/', { method: 'POST', body: 'text' });
      const result = await server.handle(request);
      return result.type === 'response' ? await result.response.text() : result.type;
    } finally {
      await server.dispose();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host.close();
  }
}

const COMMON = `exports.require = require; exports.module = module; exports.other = require('./module.js');`;

function bindingsOf(onLine: (text: string) => void): HostBindings {
  return {
    console: {
      onEntry: (entry: ConsoleEntry) => {
        if ('stdout' in entry) onLine(entry.stdout);
      },
    },
    fetch: () => new Response('answered'),
    files: {
      readFile: () => new TextEncoder().encode('text').buffer,
      stat: () => ({ isFile: true, isDirectory: false, size: 4 }),
    },
    modules: createModuleResolver()
      .virtual('./module.js', 'export default 1; export const made = () => new Error().stack')
      .virtual('./common.cjs', COMMON),
    tools: {
      tool: (...values: unknown[]) => values,
      calls: async (callback: (value: unknown) => unknown, value: unknown) => callback(value),
      async *count() {
        yield 1;
        yield { two: 2 };
      },
    },
    browser: { handler: () => ({}) },
  } as unknown as HostBindings;
}
