import type { RunBody, Target } from '../src/target.ts';
import { TENANTS, type Kind, type Turn } from './kinds.ts';
import type { Page } from './page.ts';
import { bothOf, saidOf, type Both, type Said } from './said.ts';
import { SOURCES, type Task } from './source.ts';
import { LIMITS, taskOf, TIMEOUT_MS } from './tasks.ts';

/** Runs of their own, over HTTP: in fresh isolates, warm ones, as modules, on Deno. */
export class Runs {
  readonly #target: Target;
  readonly #page: Page;

  constructor(target: Target, page: Page) {
    this.#target = target;
    this.#page = page;
  }

  async pair({ round, kind, leaver, looker }: Turn, canary: string): Promise<Both> {
    const left = await this.#run(kind, leaver, taskOf(this.#page, leaver, { round, canary }));
    const looked = await this.#run(kind, looker, taskOf(this.#page, looker, { round }));
    return bothOf(round, left, looked);
  }

  async #run(kind: Kind, tenant: string, task: Task): Promise<Said> {
    const { host, port } = this.#page;
    const body: RunBody = {
      code: SOURCES[kind === 'module' ? 'module' : 'body'],
      timeout: TIMEOUT_MS,
      limits: LIMITS,
      permissions: { net: [{ host, ports: [port] }] },
    };
    if (kind === 'deno') {
      const given = { ...body, data: task };
      return saidOf(await this.#target.run(given, { engine: 'deno', tenant }));
    }
    const reuse = kind === 'warm' ? { reuse: 'script' } : {};
    const given = { ...body, ...reuse, preset: 'web', input: task };
    return saidOf(await this.#target.run(given, { tenant }));
  }
}

/** Runs of a WebAssembly module that keeps what it is given. */
export class WasmRuns {
  readonly #target: Target;
  readonly #module: string;

  /** `module`: its bytes, in base64. */
  constructor(target: Target, module: string) {
    this.#target = target;
    this.#module = module;
  }

  /** Both tenants have the module, each for itself: the bytes, and with them the digest, are the same. */
  async prepare(): Promise<void> {
    await Promise.all(TENANTS.map((tenant) => this.#compile(tenant)));
  }

  async #compile(tenant: string): Promise<void> {
    const headers = { 'x-cofferdam-namespace': tenant };
    const body = { bytes: this.#module, id: 'keeps' };
    const compile = () => this.#target.instance.post('/wasm/compile', body, headers);
    let answer = await compile();
    // A machine with much else to do starts its first runner late.
    // eslint-disable-next-line no-await-in-loop -- again
    for (let i = 0; i < 5 && answer.body.error?.retry; i++) answer = await compile();
    if (answer.status !== 200) throw new Error(`not compiled: ${answer.text}`);
  }

  async pair({ round, leaver, looker }: Turn): Promise<Both> {
    const left = await this.#call(leaver, 'put', [round + 1]);
    const looked = await this.#call(looker, 'get', []);
    const crossed = looked.result === 0 || !looked.ok ? [] : [`memory: ${String(looked.result)}`];
    return { left, hasLeft: left.result === 1, looked, crossed };
  }

  async #call(tenant: string, entry: string, args: number[]): Promise<Said> {
    const body = { moduleId: 'keeps', entry, args, timeout: TIMEOUT_MS };
    const headers = { 'x-cofferdam-namespace': tenant };
    return saidOf(await this.#target.instance.post('/wasm/run', body, headers));
  }
}
