import { once } from 'node:events';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import type { Engine } from '@cofferdam/protocol';
import { expect, vi } from 'vitest';
import { send, type Answer } from '../../gateway/test/http-rig.ts';
import { scriptFile } from '../test/instance.ts';
import type { DriverInstance, SeenRunner } from './instance.ts';

export const PATHS = { isolate: '/execute', deno: '/deno' } as const;
export type ScriptEngine = keyof typeof PATHS;
export const SCRIPT_ENGINES = Object.keys(PATHS) as ScriptEngine[];

export interface RunBody {
  code: string;
  timeout?: number;
  preset?: string;
  limits?: Record<string, number>;
  permissions?: object;
  input?: unknown;
}

interface RunnerFigures {
  runnerId: string;
  tenant?: string;
  engines?: Partial<Record<Engine, { active: number }>>;
}

/** A runner that has to start first may take this long, on a small machine under gVisor. */
const PATIENCE = { timeout: 20_000 };

interface Condition {
  type: string;
  status: string;
}

export interface RunEvent {
  event: string;
  data: unknown;
}

/** A tenant's client of an instance. */
export class Client {
  readonly instance: DriverInstance;
  readonly tenant: string;

  constructor(instance: DriverInstance, tenant = 'default') {
    this.instance = instance;
    this.tenant = tenant;
  }

  as(tenant: string): Client {
    return new Client(this.instance, tenant);
  }

  get(path: string): Promise<Answer> {
    return send(this.instance.url + path, { headers: this.#headers() });
  }

  post(path: string, body: unknown): Promise<Answer> {
    return send(this.instance.url + path, this.#options(), JSON.stringify(body));
  }

  /** Makes a script of this tenant known, or replaces it. */
  async apply(name: string, code: string, spec: Record<string, unknown>): Promise<void> {
    const { tenant: namespace } = this;
    await this.instance.apply(name, scriptFile(name, code, { namespace, spec }));
  }

  /** Resolves when a script that is new could be run. */
  async whenReady(name: string): Promise<void> {
    const isReady = async () => {
      const { body } = await this.get(`/v1/namespaces/${this.tenant}/scripts/${name}`);
      const conditions = body.status?.conditions as Condition[] | undefined;
      return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    };
    await vi.waitUntil(isReady, { ...PATIENCE, interval: 100 });
  }

  run(engine: ScriptEngine, body: RunBody): Promise<Answer> {
    const { input, ...rest } = body;
    if (input === undefined) return this.post(PATHS[engine], rest);
    return this.post(PATHS[engine], { ...rest, [engine === 'deno' ? 'data' : 'input']: input });
  }

  /** The next good run ends well, by its first try. */
  async expectServed(engine: ScriptEngine = 'isolate'): Promise<void> {
    const { status, body } = await this.run(engine, { code: 'return 6 * 7' });
    const { result, exitReason, stats, error } = body;
    // eslint-disable-next-line vitest/no-standalone-expect -- for tests to call
    expect({ status, result, exitReason, attempts: stats?.attempts, error }).toEqual({
      ...{ status: 200, result: 42, exitReason: 'Completed', attempts: 1 },
      error: undefined,
    });
  }

  /** Starts a run and answers how its client goes away. */
  begin(engine: ScriptEngine, body: RunBody): () => Promise<void> {
    const call = request(this.instance.url + PATHS[engine], this.#options());
    const failed = once(call, 'error');
    call.end(JSON.stringify(body));
    return async () => {
      call.destroy(new Error('gone'));
      await failed;
    };
  }

  /** A run whose events are read as they come. */
  async *events(engine: ScriptEngine, body: RunBody): AsyncGenerator<RunEvent> {
    const options = this.#options({ accept: 'text/event-stream' });
    const call = request(this.instance.url + PATHS[engine], options);
    call.end(JSON.stringify(body));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) {
      const pieces = (text + chunk).split('\n\n');
      text = pieces.pop()!;
      for (const piece of pieces) {
        const match = /^event: (.+)\ndata: (.+)$/.exec(piece);
        if (match) yield { event: match[1]!, data: JSON.parse(match[2]!) };
      }
    }
  }

  /** The runner of this tenant; absent while it has none. */
  async runner(): Promise<SeenRunner | undefined> {
    const found = await this.#figures();
    return found && { runnerId: found.runnerId, tenant: this.tenant };
  }

  /** SIGKILL for the tenant's runner; answers who it was when the gateway has noticed. */
  async killRunner(): Promise<SeenRunner> {
    const runner = await this.runner();
    if (!runner) throw new Error(`${this.tenant} has no runner`);
    await this.instance.killRunner(runner);
    const isGone = async () => (await this.runner())?.runnerId !== runner.runnerId;
    await vi.waitUntil(isGone, PATIENCE);
    return runner;
  }

  /** Resolves when so many of the tenant's runs are in its runner. */
  async whenActive(engine: Engine, count: number): Promise<void> {
    const active = async () => (await this.#figures())?.engines?.[engine]?.active ?? 0;
    await vi.waitUntil(async () => (await active()) === count, PATIENCE);
  }

  async #figures(): Promise<RunnerFigures | undefined> {
    const { runners } = (await this.get('/stats')).body as { runners: RunnerFigures[] };
    return runners.find(({ tenant }) => tenant === this.tenant);
  }

  #headers(): Record<string, string> {
    return { ...this.instance.headers, 'x-cofferdam-namespace': this.tenant };
  }

  #options(headers: Record<string, string> = {}): RequestOptions {
    const type = { 'content-type': 'application/json' };
    return { method: 'POST', agent: false, headers: { ...this.#headers(), ...type, ...headers } };
  }
}
