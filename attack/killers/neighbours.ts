import type { Answer } from '../../gateway/test/http-rig.ts';
import type { ScriptEngine, Tenant } from './tenant.ts';

/** What of a killer's surroundings has to go on. */
export interface Neighbourhood {
  engine: ScriptEngine;
  /** The culprit's own tenant, with so many neighbours of each kind: one of each in each process. */
  own: Tenant;
  processes: number;
  /** Whether there are any that have called outside, and any that have not. */
  kinds: readonly Kind[];
  other: Tenant;
  /** How long each of them waits inside. */
  ms: number;
}

/** `quiet`: it asked nothing of the world, and can be run again. `heard`: it did, and cannot. */
export type Kind = 'quiet' | 'heard';

const ASKS = `await fetch('http://127.0.0.1:9/').catch(() => {})`;

interface Neighbour {
  kind: Kind;
  answer: Promise<Answer>;
}

export interface Fates {
  /** Neighbours in the process that ended: run again, or told. */
  again: number;
  told: number;
}

/** Runs that wait while something else ends its process. */
export class Neighbours {
  readonly #own: readonly Neighbour[];
  readonly #other: Promise<Answer>;
  #done = 0;

  private constructor(own: readonly Neighbour[], other: Promise<Answer>) {
    this.#own = own;
    this.#other = other;
    for (const answer of [other, ...own.map((each) => each.answer)]) {
      void answer.then(
        (ended) => void (isWell(ended, 1) && this.#done++),
        () => {},
      );
    }
  }

  /**
   * Resolves when all of them are under way: the runner gives each to the process that has fewest. Nothing where some
   * were done before others had begun, or a process went that was idle: then nobody knows who is beside whom.
   */
  static async start(of: Neighbourhood): Promise<Neighbours | undefined> {
    const { engine, own, other, processes, ms } = of;
    const started: Neighbour[] = [];
    const first = other.wait(engine, { ms });
    for (const kind of of.kinds) {
      const asks = kind === 'heard' ? ASKS : '';
      for (let n = 0; n < processes; n++) {
        started.push({ kind, answer: own.wait(engine, { ms, first: asks }) });
      }
      const done = Promise.race([first, ...started.map(({ answer }) => answer)]);
      const active = Promise.all([
        own.whenActive(engine, started.length),
        other.whenActive(engine, 1),
      ]).then(() => undefined);
      // eslint-disable-next-line no-await-in-loop -- those of one kind spread over all processes first
      const early = await Promise.race([done, active]);
      if (early) {
        active.catch(() => {});
        // eslint-disable-next-line no-await-in-loop -- and then no more
        await Promise.all([first, ...started.map(({ answer }) => answer)]);
        return undefined;
      }
    }
    return new Neighbours(started, first);
  }

  /** Whether none of them has come to its end undisturbed. */
  get wait(): boolean {
    return this.#done === 0;
  }

  /** What became of them; fails for one that was lost, or was told anything but the truth. */
  async fates(): Promise<Fates> {
    const other = await this.#other;
    if (!isWell(other, 1)) throw new Error(`another tenant's run was lost: ${other.text}`);
    const fates: Fates = { again: 0, told: 0 };
    for (const { kind, answer } of this.#own) {
      // eslint-disable-next-line no-await-in-loop -- they end together
      const ended = await answer;
      if (isWell(ended, 1)) continue;
      if (kind === 'quiet' && isWell(ended, 2)) fates.again++;
      else if (kind === 'heard' && isTold(ended)) fates.told++;
      else throw new Error(`a neighbour that was ${kind} was lost: ${ended.text}`);
    }
    return fates;
  }
}

function isWell({ body }: Answer, attempts: number): boolean {
  return (
    body.exitReason === 'Completed' && body.result === 'waited' && body.stats.attempts === attempts
  );
}

function isTold({ body }: Answer): boolean {
  const { code, blame, retry } = body.error ?? {};
  const isSystems = code === 'NEIGHBOUR' && blame === 'system' && retry === true;
  return body.exitReason === 'Neighbour' && isSystems;
}
