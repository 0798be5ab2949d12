import { createSandbox, CofferdamError, type Prefix, type Sandbox } from 'cofferdam';
import { ERROR_CATALOGUE } from '@cofferdam/protocol';
import type { Target } from '../src/target.ts';
import { TENANTS, type Turn } from './kinds.ts';
import type { Page } from './page.ts';
import { bothOf, type Both, type Said } from './said.ts';
import { PRELUDE, SOURCES, type Task } from './source.ts';
import { CPU_MS, MEMORY_MIB, taskOf, TIMEOUT_MS } from './tasks.ts';

/** What every prefix here begins with: data and a binding that each run has anew. */
interface Globals {
  input: unknown;
  fetch: (request: Request) => Response;
  [name: string]: unknown;
}

interface Own {
  sandbox: Sandbox;
  /** Two of one text. */
  prefixes: readonly Prefix<Globals>[];
}

/** Runs behind prefixes, by a program of each tenant's. */
export class Prefixes implements AsyncDisposable {
  readonly #page: Page;
  readonly #owners: ReadonlyMap<string, Own>;

  private constructor(page: Page, owners: ReadonlyMap<string, Own>) {
    this.#page = page;
    this.#owners = owners;
  }

  static async open({ url }: Target, page: Page): Promise<Prefixes> {
    const globals: Globals = { input: null, fetch: (request) => page.fetch(request) };
    const open = async (namespace: string): Promise<[string, Own]> => {
      const sandbox = await createSandbox({ gateway: { url, namespace, timeoutMs: TIMEOUT_MS } });
      const options = { code: PRELUDE, globals, memoryMb: MEMORY_MIB };
      const make = () => sandbox.precompile<Globals>(options);
      return [namespace, { sandbox, prefixes: [await make(), await make()] }];
    };
    return new Prefixes(page, new Map(await Promise.all(TENANTS.map(open))));
  }

  async pair({ round, lap, leaver, looker }: Turn, canary: string): Promise<Both> {
    const left = await this.run(leaver, 0, taskOf(this.#page, leaver, { round, canary }));
    // The prefix that the canary was left behind, or its twin.
    const looked = await this.run(looker, lap % 2, taskOf(this.#page, looker, { round }));
    return bothOf(round, left, looked);
  }

  /** One run behind a tenant's first or second prefix. */
  async run(
    tenant: string,
    which: number,
    task: Task,
    code: string = SOURCES.module,
  ): Promise<Said> {
    const limits = { cpuTimeMs: CPU_MS, wallTimeMs: TIMEOUT_MS };
    const prefix = this.#owners.get(tenant)!.prefixes[which]!;
    try {
      const result = await prefix.run({ code, globals: { input: task }, limits });
      const { stdout, stderr } = result;
      const text = JSON.stringify(result);
      if (!result.ok) return { ...failed(result.error.code), result: undefined, text };
      const { default: value } = result.exports;
      return { ok: true, retry: false, result: value, lines: [...stdout, ...stderr], text };
    } catch (error) {
      if (!(error instanceof CofferdamError)) throw error;
      return { ...failed(error.code), result: undefined, text: String(error) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#owners.values()].map(({ sandbox }) => sandbox.dispose()));
  }
}

function failed(code: CofferdamError['code']): Pick<Said, 'ok' | 'retry'> {
  return { ok: false, retry: ERROR_CATALOGUE[code].retry };
}
