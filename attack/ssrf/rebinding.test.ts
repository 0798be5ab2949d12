import { afterAll, expect, it, vi } from 'vitest';
import { CofferdamError } from '@cofferdam/protocol';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';
import { PUBLIC_IPV4, PUBLIC_IPV6, REDIRECTOR } from './addresses.ts';
import { PORTS } from './listeners.ts';
import { reachedBesides } from './outcomes.ts';
import { redirectTo, tried, type Road } from './probe.ts';
import { Random } from '../src/random.ts';
import { World } from './world.ts';
import { reboundName } from './zone.ts';

/** `COFFERDAM_ATTACK_SEED` repeats a run. */
const SEED = Number(process.env.COFFERDAM_ATTACK_SEED ?? 7);
const RACES = scaled({ quick: 600, ci: 2_000, full: 10_000 });
const NAMES = Array.from({ length: 32 }, (_, index) => reboundName(`r${index}`));
const AT_ONCE = 32;
/** What its names answer with may be reached where it is one of these. */
const ALLOWED = [PUBLIC_IPV4, PUBLIC_IPV6, '8.8.8.8', '1.1.1.1', REDIRECTOR];

vi.setConfig({ testTimeout: scaled({ quick: 120_000, ci: 300_000, full: 3_600_000 }) });

const tally: Record<string, number> = { seed: SEED, races: RACES };
afterAll(() => figures('ssrf-rebinding', tally));

it.each([
  ['no range', [], []],
  ['one of the ranges', ['10.1.0.0/16'], ['10.1.0.1']],
])(
  'a name that leads elsewhere each time wins no race, with %s allowed',
  async (what, allowedCIDRs, alsoAllowed) => {
    await using world = await World.start({ seed: SEED });
    const net = [...NAMES, REDIRECTOR].map((host) => ({ host, ports: [...PORTS] }));
    const policy = { net, allowedCIDRs: [...allowedCIDRs], maxConcurrent: AT_ONCE };
    const random = new Random(SEED);
    const runner = async (): Promise<void> => {
      for (;;) {
        if (started++ >= RACES / 2) return;
        // A ticket of its own now and then: connections that were kept belong to one.
        if (random.oneIn(100)) ticket = await world.egress.open(policy);
        const ended = await tried(world.egress.runner, ticket, raceOf(random));
        const code = ended instanceof CofferdamError ? ended.code : ended;
        endings[code] = (endings[code] ?? 0) + 1;
      }
    };
    let started = 0;
    const endings: Record<string, number> = {};
    let ticket = await world.egress.open(policy);
    await Promise.all(Array.from({ length: AT_ONCE }, runner));
    const reached = await world.reached();
    expect(reachedBesides(reached, [...ALLOWED, ...alsoAllowed])).toEqual({});
    // Both happened often: answers that were let through, and answers that were not.
    expect(endings['reached']).toBeGreaterThan(RACES / 20);
    expect(endings['EGRESS_ADDRESS_DENIED']).toBeGreaterThan(RACES / 20);
    for (const address of alsoAllowed) expect(reached[address]).toBeGreaterThan(0);
    expect(world.faults).toEqual([]);
    for (const [code, count] of Object.entries(endings)) tally[`${code}, ${what}`] = count;
  },
);

it('would win them were addresses not judged', async () => {
  await using world = await World.start({ seed: SEED, isUnfiltered: true });
  const ticket = await world.egress.open({
    net: NAMES.map((host) => ({ host, ports: [...PORTS] })),
    allowedCIDRs: [],
  });
  for (const name of NAMES) {
    await tried(world.egress.runner, ticket, { url: `http://${name}/`, road: 'fetch' });
  }
  expect(Object.keys(reachedBesides(await world.reached(), ALLOWED)).length).toBeGreaterThan(2);
});

/** Asked for once, or again by a redirect to itself, by any road. */
function raceOf(random: Random): { url: string; road: Road } {
  const url = `http://${random.pick(NAMES)}/`;
  const road = random.pick<Road>(['fetch', 'fetch', 'fetch', 'websocket', 'tunnel']);
  if (road !== 'fetch' || !random.oneIn(4)) return { url, road };
  return { url: redirectTo(url.replace(/\/$/, new URL(redirectTo(url, 307)).pathname), 302), road };
}
