import { send, type Answer } from '../../gateway/test/http-rig.ts';
import type { Target } from '../src/target.ts';
import type { Turn } from './kinds.ts';
import type { Page } from './page.ts';
import { bothOf, saidOf, type Both, type Said } from './said.ts';
import { SOURCES, type Task } from './source.ts';
import { LIMITS, taskOf, TIMEOUT_MS } from './tasks.ts';

/** One session over HTTP. */
export interface Visit {
  said: Said;
  /** Has the same guest do another thing. */
  again(task: Task): Promise<Said>;
  end(): Promise<void>;
}

export class Sessions {
  /** All ids of sessions. */
  readonly ids: string[] = [];
  readonly #target: Target;
  readonly #page: Page;

  constructor(target: Target, page: Page) {
    this.#target = target;
    this.#page = page;
  }

  async pair({ round, lap, leaver, looker }: Turn, canary: string): Promise<Both> {
    const key = `residue-${round}`;
    const leaving = await this.visit(leaver, key, taskOf(this.#page, leaver, { round, canary }));
    // Two that live side by side, or one after the other; of one tenant's a key names one.
    const live = leaver !== looker && lap % 2 === 1;
    if (!live) await leaving.end();
    const looking = await this.visit(looker, key, taskOf(this.#page, looker, { round }));
    await looking.end();
    if (live) await leaving.end();
    return bothOf(round, leaving.said, looking.said);
  }

  /** A new session of the key, and what its guest answers to a task. */
  async visit(tenant: string, key: string, task: Task): Promise<Visit> {
    const { host, port } = this.#page;
    const limits = { ...LIMITS, wallTimeMs: TIMEOUT_MS };
    const permissions = { net: [{ host, ports: [port] }] };
    const made = await this.#post(tenant, '', { key, limits, permissions });
    const end = async () => {};
    if (made.status !== 201) return { said: saidOf(made), again: async () => saidOf(made), end };
    const { id } = made.body as { id: string };
    this.ids.push(id);
    const again = (next: Task) => this.#eval(tenant, id, next);
    return { said: await again(task), again, end: () => this.#end(tenant, id) };
  }

  /** The source is the same text for everybody, as a compile cache has it: what it is told comes before. */
  async #eval(tenant: string, id: string, task: Task): Promise<Said> {
    const told = await this.#post(tenant, `/${id}/eval`, {
      code: `globalThis.input = ${JSON.stringify(task)};`,
    });
    if (told.status !== 200) return saidOf(told);
    return saidOf(await this.#post(tenant, `/${id}/eval`, { code: SOURCES.module }));
  }

  #post(tenant: string, path: string, body: object): Promise<Answer> {
    const headers = { 'x-cofferdam-namespace': tenant };
    return this.#target.instance.post(`/v1/sessions${path}`, body, headers);
  }

  async #end(tenant: string, id: string): Promise<void> {
    const headers = { 'x-cofferdam-namespace': tenant };
    const url = `${this.#target.url}/v1/sessions/${id}`;
    const { status, text } = await send(url, { method: 'DELETE', headers });
    if (status !== 204) throw new Error(`a session was not ended: ${text}`);
  }
}
