import { setTimeout as wait } from 'node:timers/promises';
import { scriptFile } from '../../e2e/test/instance.ts';
import type { Target } from '../src/target.ts';
import { TENANTS, type Turn } from './kinds.ts';
import type { Page } from './page.ts';
import { bothOf, saidOf, type Both, type Said } from './said.ts';
import { SERVER, type Task } from './source.ts';
import { CPU_MS, MEMORY_MIB, taskOf, TIMEOUT_MS } from './tasks.ts';

/** Of each tenant: one in which canaries are left, one in which they never are, and one that is soon let go. */
export type ServerName = 'keeps' | 'looks' | 'rests';
const NAMES: readonly ServerName[] = ['keeps', 'looks', 'rests'];
const PERIOD_MS = 50;

/** Files of servers whose source is one text. */
export function serverFiles(page: Page): Record<string, string> {
  const files = TENANTS.flatMap((tenant) =>
    NAMES.map((name) => [fileOf(tenant, name), scriptOf(page, { tenant, name })] as const),
  );
  return Object.fromEntries(files);
}

interface Wanted {
  tenant: string;
  name: ServerName;
  generation?: number;
}

const fileOf = (tenant: string, name: ServerName) => `${tenant}-${name}.yaml`;

function scriptOf({ host, port }: Page, { tenant, name, generation = 0 }: Wanted): string {
  const idle = name === 'rests' ? '1s' : '1h';
  const spec = {
    mode: 'server',
    server: { maxInstances: 1, idle },
    env: [{ name: 'GENERATION', value: String(generation) }],
    permissions: { net: [{ host, ports: [port] }] },
    limits: {
      memory: `${MEMORY_MIB}Mi`,
      cpuTime: `${CPU_MS}ms`,
      wallTime: `${TIMEOUT_MS}ms`,
    },
  };
  return scriptFile(name, SERVER, { namespace: tenant, spec });
}

/** App servers of a folder: instances that answer many requests, of which each may leave something. */
export class Servers {
  readonly #target: Target;
  readonly #page: Page;
  #generation = 0;
  /** One pair at a time: it replaces instances that another one would look into. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(target: Target, page: Page) {
    this.#target = target;
    this.#page = page;
  }

  pair(turn: Turn, canary: string): Promise<Both> {
    const next = this.#last.then(() => this.#pair(turn, canary));
    this.#last = next.catch(() => {});
    return next;
  }

  async #pair({ round, leaver, looker }: Turn, canary: string): Promise<Both> {
    const task = { ...taskOf(this.#page, leaver, { round, canary }), lasts: true };
    const left = await this.ask(leaver, 'keeps', task);
    const look = taskOf(this.#page, looker, { round });
    if (leaver === looker) {
      await this.#replace(leaver);
      return bothOf(round, left, await this.ask(looker, 'keeps', look));
    }
    const looked = await this.ask(looker, 'looks', look);
    // Its console is its script's, for as long as the gateway lives.
    const { text } = await this.#target.instance.get(pathOf(looker, 'looks'));
    return bothOf(round, left, { ...looked, text: looked.text + text });
  }

  /** One request. */
  async ask(tenant: string, name: ServerName, task: Task): Promise<Said> {
    const answer = await this.#target.instance.post(`${pathOf(tenant, name)}/`, task);
    const said = saidOf(answer);
    return answer.status === 200 ? { ...said, ok: true, result: answer.body } : said;
  }

  /** Resolves when the instances of a server have been let go. */
  async rested(tenant: string, name: ServerName): Promise<void> {
    const status = pathOf(tenant, name);
    await this.#until(async () => {
      const { body } = await this.#target.instance.get(status);
      return body.instances.length === 0;
    });
  }

  /** Has another instance in the place of the one that there is, as a new version of the script has. */
  async #replace(tenant: string): Promise<void> {
    const generation = ++this.#generation;
    const text = scriptOf(this.#page, { tenant, name: 'keeps', generation });
    await this.#target.instance.write(fileOf(tenant, 'keeps'), text);
    const path = `${pathOf(tenant, 'keeps')}/`;
    await this.#until(async () => (await this.#target.instance.get(path)).text === `${generation}`);
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + TIMEOUT_MS;
    // eslint-disable-next-line no-await-in-loop -- asked until it is so
    while (!(await holds())) {
      if (Date.now() > end) throw new Error('an instance of a server was not replaced in time');
      // eslint-disable-next-line no-await-in-loop -- nothing tells
      await wait(PERIOD_MS);
    }
  }
}

const pathOf = (tenant: string, name: ServerName) =>
  `/v1/namespaces/${tenant}/scripts/${name}/server`;
