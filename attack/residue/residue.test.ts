import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../../runner/test/wasm-modules.ts';
import { inGroups } from '../deno/groups.ts';
import { expectations } from '../src/expectations.ts';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';
import { startTarget, targetName, type Target } from '../src/target.ts';
import { bitsOfWorstPlace, footprint, rising, type Footprint } from './figures.ts';
import { Page } from './page.ts';
import { KINDS } from './kinds.ts';
import { Rounds, type Pair } from './rounds.ts';
import type { Said } from './said.ts';
import { serverFiles } from './servers.ts';
import { KEEPS, PREFIX, SELF, type Found } from './source.ts';
import { taskOf } from './tasks.ts';

/** Two runs each: 10,000 runs in full. */
const PAIRS = scaled({ quick: 24, ci: 200, full: 5_000 });
/** Each kind once, and in full until caches and heaps are what they stay: egress's heap grows until 3,500 requests. */
const WARM = scaled({ quick: 20, ci: 40, full: 2_000 });
/** Leavers and lookers pass one another. */
const AT_ONCE = scaled({ quick: 2, ci: 2, full: 4 });
/** A process that is being replaced is there twice: one of each engine in each runner. */
const SPARES = 4;
const SETTLE_MS = 60_000;
/** Looks a second apart that show the same: so few runs as a sample's tell of no growth. */
const SAME = scaled({ quick: 1, ci: 3, full: 3 });
/** With SQLite's own files beside it: a run's console lines are kept for its tenant. */
const RECORDS = 'data/runs.sqlite';
const CANARY = new RegExp(`${PREFIX}[0-9a-f]{16}`);
/** What is no run of its own, but an eval, a program's call or a request. */
const WITHOUT_RUN_IDS: ReadonlySet<string> = new Set(['session', 'prefix', 'server']);

let target: Target;
let page: Page;
let rounds: Rounds;
const pairs: Pair[] = [];
let early: Footprint;
let late: Footprint;

beforeAll(async () => {
  page = await Page.start();
  const args = ['--allow-private', '127.0.0.1/32'];
  target = await startTarget({ args, scripts: serverFiles(page) });
  const module = Buffer.from(assemble(KEEPS)).toString('base64');
  rounds = await Rounds.prepare(target, page, module);
  const numbers = Array.from({ length: PAIRS }, (_, index) => index);
  const run = (some: number[]) =>
    inGroups(some, { size: 1, atOnce: AT_ONCE }, ([round]) => rounds.pair(round!));
  pairs.push(...(await run(numbers.slice(0, WARM))));
  early = await settled();
  pairs.push(...(await run(numbers.slice(WARM))));
  late = await settled();
}, 3_600_000);
afterAll(async () => {
  await rounds[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await page[Symbol.asyncDispose]();
}, 120_000);

/** The footprint when no run is under way: its processes stay the same for as long as spares take to be made. */
async function settled(): Promise<Footprint> {
  const end = Date.now() + SETTLE_MS;
  let last = await footprint(target);
  for (let same = 0; same < SAME && Date.now() < end;) {
    // eslint-disable-next-line no-await-in-loop -- nothing says when an instance is idle
    await wait(1_000);
    // eslint-disable-next-line no-await-in-loop -- one look after another
    const next = await footprint(target);
    same = next.processes === last.processes ? same + 1 : 0;
    last = next;
  }
  return last;
}

const digitsOf = (ids: readonly string[]) => ids.map((id) => id.slice(id.indexOf('-') + 1));

describe('two tenants, run after run', () => {
  it('leave nothing for one another to find', () => {
    const crossed = pairs.flatMap((pair) => pair.crossed);
    expect(crossed.slice(0, 20)).toEqual([]);
    expect(pairs.flatMap((pair) => pair.failed)).toEqual([]);
    // A busy machine may lose a few, which say that they may be tried again, and were.
    const again = pairs.flatMap((pair) => pair.again);
    expect(again.slice(Math.ceil((PAIRS * 2) / 100))).toEqual([]);
    expect(new Set(pairs.map(({ kind }) => kind)).size).toBe(KINDS.length);
  });

  it('bring nothing of one another to a server, nor a connection', () => {
    const fetching = pairs.filter(({ kind }) => kind !== 'wasm').length * 2;
    expect(page.requests).toBeGreaterThan(fetching * 0.9);
    expect(page.carried).toEqual([]);
    expect(page.shared).toBe(0);
  });

  it('have random numbers of their own', () => {
    const found = pairs.flatMap(({ found: own }) => own ?? []);
    expect(new Set(found.map(({ random }) => random)).size).toBe(found.length);
    const ids = found.flatMap(({ uuid }) => uuid || []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('have ids that tell nothing of what was before', () => {
    const runs = pairs.flatMap((pair) => pair.runs);
    const traces = pairs.flatMap((pair) => pair.traces);
    const sessions = rounds.places.sessions.ids;
    const counted = pairs.filter(({ kind }) => !WITHOUT_RUN_IDS.has(kind)).length * 2;
    expect([runs.length, traces.length]).toEqual([counted, counted]);
    expect(sessions.length).toBeGreaterThanOrEqual(2);
    for (const list of [runs, traces, sessions]) {
      expect(new Set(list).size).toBe(list.length);
      // A coin as often: five standard deviations from a half.
      expect(Math.abs(rising(list) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / list.length));
    }
    // Of 4 bits that a hexadecimal digit may have, short of what so few ids can show.
    for (const list of [digitsOf(runs), digitsOf(sessions)]) {
      expect(bitsOfWorstPlace(list)).toBeGreaterThan(4 - 60 / list.length);
    }
    expect(runs[0]).toMatch(/^r-[0-9a-f]{26}$/);
    expect(sessions[0]).toMatch(/^ses-[0-9a-f]{32}$/);
  });

  it('leave no file but the records of what they said', async () => {
    const files = [...(await target.instance.files())];
    expect(files.map(([path]) => path)).toContain(RECORDS);
    const held = files
      .filter(([path]) => !path.startsWith(RECORDS))
      .filter(([, bytes]) => CANARY.test(bytes.toString('latin1')))
      .map(([path]) => path);
    expect(held).toEqual([]);
  });

  it('leave no process, no runner and no growth', () => {
    expect(late.runners).toBe(early.runners);
    expect(late.processes).toBeLessThanOrEqual(early.processes + SPARES);
    const growth = late.rssBytes / early.rssBytes;
    // So few runs are no trend: heaps are still filling.
    if (PAIRS >= 5_000) expect(growth).toBeLessThan(1.25);
    const kinds = Object.fromEntries(
      KINDS.map((kind) => [kind, pairs.filter((pair) => pair.kind === kind).length * 2]),
    );
    figures('residue', {
      runs: PAIRS * 2,
      kinds,
      crossed: pairs.flatMap((pair) => pair.crossed).length,
      failed: pairs.flatMap((pair) => pair.failed).length,
      again: pairs.flatMap((pair) => pair.again).length,
      requests: page.requests,
      sharedConnections: page.shared,
      risingRunIds: rising(pairs.flatMap(({ runs }) => runs)),
      risingPorts: rising(page.ports),
      bitsOfWorstDigit: bitsOfWorstPlace(digitsOf(pairs.flatMap(({ runs }) => runs))),
      early,
      late,
      growth,
    });
  });
});

it.for(['isolate', 'deno'] as const)('looks where a canary would be: %s', async (engine) => {
  const input = { canary: `${PREFIX}of-its-own`, page: page.url('ash'), depth: 3_000, round: 0 };
  const net = [{ host: page.host, ports: [page.port] }];
  const limits = { memoryBytes: 2 ** 27 };
  const body = { code: SELF, permissions: { net }, timeout: 30_000, limits };
  const given = engine === 'deno' ? { data: input } : { input, preset: 'web' };
  const answer = await target.run({ ...body, ...given }, { engine, tenant: 'ash' });
  expect(answer.body.result?.found.length).toBeGreaterThan(50);
});

const countOf = ({ result, text }: Said): number => {
  const { found } = (result ?? {}) as Partial<Found>;
  if (!found) throw new Error(text);
  return found.length;
};
const leave = () => ({ ...taskOf(page, 'ash', { round: 0, canary: 'of-its-own' }), lasts: true });
const look = () => taskOf(page, 'ash', { round: 0 });

it('looks where a canary would be: session', { timeout: 120_000 }, async () => {
  const { sessions } = rounds.places;
  const first = await sessions.visit('ash', 'own', leave());
  expect(countOf(await first.again(look()))).toBeGreaterThan(50);
  await first.end();
  const next = await sessions.visit('ash', 'own', look());
  expect(countOf(next.said)).toBe(0);
  await next.end();
});

it('looks where a canary would be: prefix', { timeout: 120_000 }, async () => {
  const { prefixes } = rounds.places;
  const code = `export default await (async () => { ${SELF} })();`;
  const said = await prefixes.run('ash', 0, leave(), code);
  expect(countOf(said)).toBeGreaterThan(50);
  expect((said.result as Found).found).toContain('prelude');
  expect(countOf(await prefixes.run('ash', 0, look()))).toBe(0);
});

it(
  'looks where a canary would be: server, until its instance is let go',
  { timeout: 120_000 },
  async () => {
    const { servers } = rounds.places;
    await servers.ask('ash', 'rests', leave());
    expect(countOf(await servers.ask('ash', 'rests', look()))).toBeGreaterThan(50);
    await servers.rested('ash', 'rests');
    expect(countOf(await servers.ask('ash', 'rests', look()))).toBe(0);
  },
);

it('does not tell by process ids what another does', { timeout: 120_000 }, async () => {
  const code = 'return Deno.ppid';
  const { body } = await target.run({ code }, { engine: 'deno', tenant: 'ash' });
  // An id of this machine counts all that is started on it; one of a namespace counts its tenant's alone.
  const held = !(await target.instance.processesOf('runner')).includes(body.result);
  const attempt = { suite: 'residue', attempt: 'process ids', engine: 'deno', target: targetName };
  expectations.verdict(attempt, held, String(body.result));
});

it(
  'does not tell by the ports of the way out what another fetches',
  { timeout: 120_000 },
  async () => {
    await using elsewhere = await Page.start();
    const asks = async (tenant: string, { host, port }: Page): Promise<void> => {
      const code = `return (await fetch('http://${host}:${port}/${tenant}')).status`;
      const permissions = { net: [{ host, ports: [port] }] };
      const { body } = await target.run({ code, preset: 'web', permissions }, { tenant });
      expect(body.result).toBe(200);
    };
    const portAfter = async (): Promise<number> => {
      await asks('birch', page);
      return page.ports.at(-1)!;
    };
    const seen: number[] = [];
    // Now and then ports begin anew, or count for others of this machine too; a counter of both tenants' always tells.
    for (let i = 0; i < 3 && !(Math.min(...seen) < 16); i++) {
      const first = await portAfter();
      const quiet = (await portAfter()) - first;
      for (let asked = 0; asked < 24; asked++) await asks('ash', elsewhere);
      seen.push(Math.abs((await portAfter()) - first - quiet * 2));
    }
    expect(elsewhere.requests).toBe(24 * seen.length);
    // Linux counts ports for each destination on its own (RFC 6056), by 2 to 16 for a connection: 24 of another's
    // would be 48 at least.
    expect(Math.min(...seen)).toBeLessThan(16);
  },
);

it(
  'does not tell by the compile cache what another has compiled',
  { timeout: 120_000 },
  async () => {
    const times = scaled({ quick: 2, ci: 10, full: 100 });
    for (let i = 0; i < times; i++) {
      for (const engine of ['isolate', 'deno'] as const) {
        const code = `globalThis.count = (globalThis.count ?? 0) + 1; return count; // ${engine} ${i}`;
        const known = async (tenant: string) => {
          const { body } = await target.run({ code }, { engine, tenant });
          return [body.result, body.stats.compileCached];
        };
        const [leaver, looker] = i % 2 === 0 ? ['ash', 'birch'] : ['birch', 'ash'];
        await known(leaver!);
        expect(await known(leaver!)).toEqual([1, true]);
        expect(await known(looker!)).toEqual([1, false]);
      }
    }
  },
);
