import type { Engine } from '@cofferdam/protocol';
import { expect, vi } from 'vitest';
import { send, type Answer } from '../../gateway/test/http-rig.ts';
import type { Target } from '../src/target.ts';
import type { Killer } from './killer.ts';

export type ScriptEngine = 'isolate' | 'deno';

interface Figures {
  runnerId: string;
  tenant?: string;
  engines?: Partial<Record<Engine, { active: number; spare: number; processes: number }>>;
}

const PATHS: Record<Engine, string> = { isolate: '/execute', deno: '/deno', wasm: '/wasm/run' };
/** The longest over HTTP: no machine's slowness ends a run that a limit has to end. */
const LONG_MS = 30_000;
/** Of a killer that is to end by none of its limits. */
const CPU_MS = 5_000;
/** Isolate processes that a runner keeps ready. */
const KEPT_READY = 2;
/** Runs that last so long are in a process each, as each gets the one that has fewest. */
const SPREAD_MS = 200;
const PATIENCE = { timeout: 60_000, interval: 20 };
/** `(module (func (export "run") (result i32) (i32.const 42)))` */
const ANSWERS = 'AGFzbQEAAAABBQFgAAF/AwIBAAcHAQNydW4AAAoGAQQAQSoL';

/** A tenant of an instance: its runs, and its runner as /stats shows it. */
export class Tenant {
  readonly name: string;
  readonly #target: Target;

  constructor(target: Target, name: string) {
    this.#target = target;
    this.name = name;
  }

  /** Runs a killer to its end. */
  async suffer({ engine = 'isolate', code, preset = 'web', limits, timeout }: Killer) {
    const common = { timeout: timeout ?? LONG_MS, limits: { cpuTimeMs: CPU_MS, ...limits } };
    if (typeof code !== 'string') return this.#module(code, common);
    const body = { code, ...(engine === 'isolate' ? { preset } : {}), ...common };
    return this.post(PATHS[engine], body);
  }

  async #module({ bytes, ...call }: Exclude<Killer['code'], string>, common: object) {
    const base64 = Buffer.from(bytes).toString('base64');
    const compiled = await this.post('/wasm/compile', { bytes: base64 });
    if (compiled.status !== 200) return compiled;
    const { moduleId } = compiled.body as { moduleId: string };
    return this.post('/wasm/run', { moduleId, ...call, ...common });
  }

  /** Waits so many milliseconds inside, and says so. */
  wait(engine: ScriptEngine, { ms, first = '' }: { ms: number; first?: string }): Promise<Answer> {
    const code = `${first}; return new Promise((done) => setTimeout(done, ${ms}, 'waited'))`;
    const preset = engine === 'isolate' ? { preset: 'web' } : {};
    return this.post(PATHS[engine], { code, ...preset, timeout: LONG_MS });
  }

  /** The next good run ends well, by its first try; answers after how many milliseconds. */
  async served(engine: Engine): Promise<number> {
    const began = performance.now();
    const answer = await this.#good(engine);
    const ms = performance.now() - began;
    const { result, exitReason, error, stats } = answer.body;
    // eslint-disable-next-line vitest/no-standalone-expect -- for tests to call
    expect({ result, exitReason, error, attempts: stats?.attempts }).toEqual({
      ...{ result: 42, exitReason: 'Completed', error: undefined, attempts: 1 },
    });
    return ms;
  }

  async #good(engine: Engine): Promise<Answer> {
    if (engine !== 'wasm') return this.post(PATHS[engine], { code: 'return 6 * 7' });
    const { moduleId } = (await this.post('/wasm/compile', { bytes: ANSWERS })).body;
    return this.post(PATHS.wasm, { moduleId, entry: 'run' });
  }

  /** The runner that it has; fails where it has none. */
  async runner(): Promise<Figures> {
    const { runners } = (await this.#get('/stats')).body as { runners: Figures[] };
    const found = runners.find(({ tenant }) => tenant === this.name);
    if (!found) throw new Error(`${this.name} has no runner`);
    return found;
  }

  /** Processes of the engine in its runner that take runs. */
  async processes(engine: Engine): Promise<number> {
    const asked = async () => (await this.runner()).engines?.[engine];
    // A runner that is too busy to say how many there are has not none.
    return (await vi.waitUntil(asked, PATIENCE)).processes;
  }

  /**
   * Resolves when the processes are there that are kept ready, and each of them has run something:
   * one that is ending gets no run, and one that is starting would begin all of its runs at once.
   * Answers how many there are.
   */
  async settled(engine: ScriptEngine): Promise<number> {
    for (;;) {
      // eslint-disable-next-line no-await-in-loop -- until none has come or gone meanwhile
      const count = await vi.waitUntil(() => this.#atLeast(engine, KEPT_READY), PATIENCE);
      const runs = Array.from({ length: count }, () => this.wait(engine, { ms: SPREAD_MS }));
      // eslint-disable-next-line no-await-in-loop -- as above
      await Promise.all(runs);
      // eslint-disable-next-line no-await-in-loop -- as above
      if ((await this.processes(engine)) === count) return count;
    }
  }

  async #atLeast(engine: Engine, least: number): Promise<number | undefined> {
    const count = await this.processes(engine);
    return count >= least ? count : undefined;
  }

  /** Resolves when so many of its runs, or more, are in its runner. */
  async whenActive(engine: Engine, count: number): Promise<void> {
    const isActive = async () => ((await this.runner()).engines?.[engine]?.active ?? 0) >= count;
    await vi.waitUntil(isActive, PATIENCE);
  }

  post(path: string, body: object): Promise<Answer> {
    const headers = { 'content-type': 'application/json', ...this.#headers() };
    return send(this.#target.url + path, { method: 'POST', headers }, JSON.stringify(body));
  }

  #get(path: string): Promise<Answer> {
    return send(this.#target.url + path, { headers: this.#headers() });
  }

  #headers(): Record<string, string> {
    return { 'x-cofferdam-namespace': this.name };
  }
}
