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
import { KINDS, Rounds, type Pair } from './rounds.ts';
import { KEEPS, PREFIX, SELF } from './source.ts';

/** Two runs each: 10,000 runs in full. */
const PAIRS = scaled({ quick: 40, ci: 300, full: 5_000 });
/** A tenth, and each kind once: spares, caches and heaps are what they stay. */
const WARM = Math.max(20, PAIRS / 10);
/** Leavers and lookers pass one another. */
const AT_ONCE = scaled({ quick: 2, ci: 2, full: 4 });
/** A process that is being replaced is there twice: one of each engine in each runner. */
const SPARES = 4;
const SETTLE_MS = 60_000;

let target: Target;
let page: Page;
const pairs: Pair[] = [];
let early: Footprint;
let late: Footprint;

beforeAll(async () => {
  page = await Page.start();
  target = await startTarget({ args: ['--allow-private', '127.0.0.1/32'] });
  const module = Buffer.from(assemble(KEEPS)).toString('base64');
  const rounds = new Rounds(target, page, module);
  await rounds.prepare();
  const numbers = Array.from({ length: PAIRS }, (_, index) => index);
  const run = (some: number[]) =>
    inGroups(some, { size: 1, atOnce: AT_ONCE }, ([round]) => rounds.pair(round!));
  pairs.push(...(await run(numbers.slice(0, WARM))));
  early = await settled();
  pairs.push(...(await run(numbers.slice(WARM))));
  late = await settled();
}, 3_600_000);
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await page[Symbol.asyncDispose]();
}, 120_000);

/** The footprint when no run is under way: its processes stay the same for as long as spares take to be made. */
async function settled(): Promise<Footprint> {
  const end = Date.now() + SETTLE_MS;
  let last = await footprint(target);
  for (let same = 0; same < 3 && Date.now() < end;) {
    // eslint-disable-next-line no-await-in-loop -- nothing says when an instance is idle
    await wait(1_000);
    // eslint-disable-next-line no-await-in-loop -- one look after another
    const next = await footprint(target);
    same = next.processes === last.processes ? same + 1 : 0;
    last = next;
  }
  return last;
}

describe('two tenants, run after run', () => {
  it('leave nothing for one another to find', () => {
    const crossed = pairs.flatMap((pair) => pair.crossed);
    expect(crossed.slice(0, 20)).toEqual([]);
    // One that did not run proves nothing: a busy machine may lose a few.
    const failed = pairs.flatMap((pair) => pair.failed);
    expect(failed.slice(PAIRS / 20)).toEqual([]);
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
    const ids = pairs.flatMap((pair) => pair.ids);
    const traces = pairs.flatMap((pair) => pair.traces);
    for (const list of [ids, traces]) {
      expect(new Set(list).size).toBe(PAIRS * 2);
      // A coin as often: five standard deviations from a half.
      expect(Math.abs(rising(list) - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / list.length));
    }
    // Of 4 bits that a hexadecimal digit may have, short of what so few ids can show.
    const bits = bitsOfWorstPlace(ids.map((id) => id.slice(2)));
    expect(bits).toBeGreaterThan(4 - 60 / ids.length);
    expect(ids[0]).toMatch(/^r-[0-9a-f]{26}$/);
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
      requests: page.requests,
      sharedConnections: page.shared,
      risingRunIds: rising(pairs.flatMap(({ ids }) => ids)),
      risingPorts: rising(page.ports),
      bitsOfWorstDigit: bitsOfWorstPlace(pairs.flatMap(({ ids }) => ids.map((id) => id.slice(2)))),
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
    const first = await portAfter();
    const quiet = (await portAfter()) - first;
    for (let i = 0; i < 24; i++) await asks('ash', elsewhere);
    const busy = (await portAfter()) - first - quiet;
    expect(elsewhere.requests).toBe(24);
    // Linux counts ports for each destination on its own (RFC 6056), by 2 to 16 for a connection: 24 of another's
    // would be 48 at least.
    expect(Math.abs(busy - quiet)).toBeLessThan(16);
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
