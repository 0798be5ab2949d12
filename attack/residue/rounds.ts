import { randomBytes } from 'node:crypto';
import type { Answer } from '../../gateway/test/http-rig.ts';
import type { RunBody, Target } from '../src/target.ts';
import type { Page } from './page.ts';
import { PREFIX, SOURCES, type Found, type Task } from './source.ts';

/** How a pair of runs is run. */
export const KINDS = ['isolate', 'warm', 'module', 'deno', 'wasm'] as const;
export type Kind = (typeof KINDS)[number];

/** Of twenty pairs: what is most used is tried most. */
const SHARES: Record<Kind, number> = { isolate: 9, warm: 7, module: 2, deno: 1, wasm: 1 };
const WHEEL = KINDS.flatMap((kind) => Array.from({ length: SHARES[kind] }, () => kind));
/** Coprime with the wheel's twenty: kinds come mixed, with each order of tenants. */
const STRIDE = 7;

const TENANTS = ['ash', 'birch'] as const;
/** Leaver and looker: the other tenant mostly, and the same one's next run too. */
const ORDERS = [
  [0, 1],
  [1, 0],
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** 64 MiB is a script's default; a walk over everything that Deno has takes more. */
const LIMITS = { memoryBytes: 128 * 2 ** 20, cpuTimeMs: 20_000 };
/** Objects that a run looks at: all that its platform has at first is fewer in an isolate. Every so manyth looks further. */
const DEPTH = 3_000;
const DEEP = 13;
const TIMEOUT_MS = 30_000;

/** What a pair of runs came to. */
export interface Pair {
  kind: Kind;
  /** What crossed, in words; empty where nothing did. */
  crossed: string[];
  /** Runs that came to no end of their own, which is no finding: too little time, or a runner that is lost. */
  failed: string[];
  ids: string[];
  traces: string[];
  found?: Found;
}

export class Rounds {
  readonly #target: Target;
  readonly #page: Page;
  readonly #module: string;

  /** `module`: the bytes of a WebAssembly module that keeps what it is given, in base64. */
  constructor(target: Target, page: Page, module: string) {
    this.#target = target;
    this.#page = page;
    this.#module = module;
  }

  /** Both tenants have the module, each for itself: the bytes, and with them the digest, are the same. */
  async prepare(): Promise<void> {
    for (const tenant of TENANTS) {
      const headers = { 'x-cofferdam-namespace': tenant };
      const body = { bytes: this.#module, id: 'keeps' };
      const compile = () => this.#target.instance.post('/wasm/compile', body, headers);
      // eslint-disable-next-line no-await-in-loop -- one tenant after the other
      let answer = await compile();
      // A machine with much else to do starts its first runner late.
      // eslint-disable-next-line no-await-in-loop -- again
      for (let i = 0; i < 5 && answer.body.error?.retry; i++) answer = await compile();
      if (answer.status !== 200) throw new Error(`not compiled: ${answer.text}`);
    }
  }

  async pair(round: number): Promise<Pair> {
    const kind = WHEEL[(round * STRIDE) % WHEEL.length]!;
    const [leaver, looker] = ORDERS[round % ORDERS.length]!.map((index) => TENANTS[index]!);
    const canary = PREFIX + randomBytes(8).toString('hex');
    if (kind === 'wasm') return this.#wasmPair(round, leaver!, looker!);
    const left = await this.#run(kind, leaver!, { leave: true, canary, round });
    const looked = await this.#run(kind, looker!, { leave: false, round });
    return {
      kind,
      crossed: traces(looked, round).map((text) => `${kind} ${leaver} ${looker}: ${text}`),
      // A run that left nothing would prove nothing.
      failed: [...failure(left, left.body.result?.left === round), ...failure(looked)],
      ...idsOf([left, looked]),
      ...(looked.body.success ? { found: looked.body.result } : {}),
    };
  }

  #run(
    kind: Exclude<Kind, 'wasm'>,
    tenant: string,
    task: Omit<Task, 'page' | 'depth'>,
  ): Promise<Answer> {
    const { host, port } = this.#page;
    const depth = task.round % DEEP === 0 ? DEPTH * 8 : DEPTH;
    const input = { ...task, depth, page: this.#page.url(tenant) };
    const body: RunBody = {
      code: SOURCES[kind === 'module' ? 'module' : 'body'],
      timeout: TIMEOUT_MS,
      limits: LIMITS,
      permissions: { net: [{ host, ports: [port] }] },
    };
    if (kind === 'deno')
      return this.#target.run({ ...body, data: input }, { engine: 'deno', tenant });
    const reuse = kind === 'warm' ? { reuse: 'script' } : {};
    return this.#target.run({ ...body, ...reuse, preset: 'web', input }, { tenant });
  }

  async #wasmPair(round: number, leaver: string, looker: string): Promise<Pair> {
    const call = (tenant: string, entry: string, args: number[]) =>
      this.#target.instance.post(
        '/wasm/run',
        { moduleId: 'keeps', entry, args, timeout: TIMEOUT_MS },
        { 'x-cofferdam-namespace': tenant },
      );
    const left = await call(leaver, 'put', [round + 1]);
    const looked = await call(looker, 'get', []);
    const { success, result } = looked.body;
    const crossed = result === 0 || !success ? [] : [`wasm ${leaver} ${looker}: ${result}`];
    const failed = [...failure(left, left.body.result === 1), ...failure(looked)];
    return { kind: 'wasm', crossed, failed, ...idsOf([left, looked]) };
  }
}

function idsOf(answers: Answer[]): Pick<Pair, 'ids' | 'traces'> {
  return {
    ids: answers.map(({ body }) => String(body.runId)),
    traces: answers.map(({ body }) => String(body.traceId)),
  };
}

function failure({ body, text }: Answer, held = true): string[] {
  return body.success === true && held ? [] : [text.slice(0, 300)];
}

function traces({ body, text }: Answer, round: number): string[] {
  const said = text.includes(PREFIX) ? ['the answer has a canary'] : [];
  if (body.success !== true) return said;
  const { found, walked, round: own } = body.result as Found;
  const lines = body.logs.map(({ message }: { message: string }) => message).join('|');
  return [
    ...said,
    ...found,
    ...(own === round ? [] : ['the answer of another round']),
    ...(walked > 100 ? [] : [`looked at ${walked} objects`]),
    ...(lines === 'looking|residue: 1' ? [] : [`console: ${lines.slice(0, 200)}`]),
  ];
}
