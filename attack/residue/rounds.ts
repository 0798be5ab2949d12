import { randomBytes } from 'node:crypto';
import type { Target } from '../src/target.ts';
import { turnOf, type Kind, type Turn } from './kinds.ts';
import type { Page } from './page.ts';
import { Prefixes } from './prefixes.ts';
import { Runs, WasmRuns } from './runs.ts';
import type { Both, Said } from './said.ts';
import { Servers } from './servers.ts';
import { Sessions } from './sessions.ts';
import type { Found } from './source.ts';

/** A pair whose runs may be tried again is tried so often at most. */
const TRIES = 4;

/** What a pair of runs came to. */
export interface Pair {
  kind: Kind;
  /** What crossed, in words; empty where nothing did. */
  crossed: string[];
  /** Runs that failed, or that left nothing. */
  failed: string[];
  /** Runs that failed with an error that says that they may be tried again, and were. */
  again: string[];
  runs: string[];
  traces: string[];
  found?: Found;
}

interface Places {
  runs: Runs;
  wasm: WasmRuns;
  sessions: Sessions;
  prefixes: Prefixes;
  servers: Servers;
}

/** All the pairs, each where its kind is run. */
export class Rounds implements AsyncDisposable {
  readonly places: Places;

  private constructor(places: Places) {
    this.places = places;
  }

  /** `module`: the bytes of a WebAssembly module that keeps what it is given, in base64. */
  static async prepare(target: Target, page: Page, module: string): Promise<Rounds> {
    const wasm = new WasmRuns(target, module);
    const [prefixes] = await Promise.all([Prefixes.open(target, page), wasm.prepare()]);
    return new Rounds({
      ...{ wasm, prefixes },
      runs: new Runs(target, page),
      sessions: new Sessions(target, page),
      servers: new Servers(target, page),
    });
  }

  async pair(round: number): Promise<Pair> {
    const turn = turnOf(round);
    const crossed: string[] = [];
    const again: string[] = [];
    for (let tries = 1; ; tries++) {
      // eslint-disable-next-line no-await-in-loop -- again only where it has to be
      const both = await this.#try(turn);
      crossed.push(...both.crossed.map((text) => `${nameOf(turn)}: ${text}`));
      const { left, looked, hasLeft, found } = both;
      const lost = [left, looked].filter(({ ok, retry }) => !ok && retry).map(nameless);
      if (lost.length === 0 || tries === TRIES) {
        const failed = [left, looked].filter(({ ok }) => !ok).map(nameless);
        if (left.ok && !hasLeft) failed.push(`left nothing: ${nameless(left)}`);
        const ids = idsOf(left, looked);
        return { kind: turn.kind, crossed, failed, again, ...ids, ...(found && { found }) };
      }
      again.push(...lost);
    }
  }

  #try(turn: Turn): Promise<Both> {
    const { runs, wasm, sessions, prefixes, servers } = this.places;
    const canary = randomBytes(8).toString('hex');
    switch (turn.kind) {
      case 'wasm':
        return wasm.pair(turn);
      case 'session':
        return sessions.pair(turn, canary);
      case 'prefix':
        return prefixes.pair(turn, canary);
      case 'server':
        return servers.pair(turn, canary);
      default:
        return runs.pair(turn, canary);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.places.prefixes[Symbol.asyncDispose]();
  }
}

const nameOf = ({ kind, leaver, looker, round }: Turn) => `${kind} ${leaver} ${looker} ${round}`;
const nameless = ({ text }: Said) => text.slice(0, 300);

function idsOf(...both: Said[]): Pick<Pair, 'runs' | 'traces'> {
  const having = both.filter(({ run }) => run !== undefined);
  return { runs: having.map(({ run }) => run!), traces: having.map(({ trace }) => trace!) };
}
