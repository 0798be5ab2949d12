import { afterAll, expect, it, vi } from 'vitest';
import type { CofferdamError, EgressPolicy } from '@cofferdam/protocol';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';
import { PUBLIC_IPV4, PUBLIC_IPV6, REDIRECTOR } from './addresses.ts';
import { CORPUS, NEVER, bracketed, type Form } from './corpus.ts';
import { rulesFor, tried, waysOf, type Probe, type Road } from './probe.ts';
import { reachedBesides, settledAll } from './outcomes.ts';
import { nameOf } from './zone.ts';
import { NAME_SERVER, OWN_ADDRESS, RUNNER_PORT, World } from './world.ts';

const ALLOWED = [REDIRECTOR, PUBLIC_IPV4, PUBLIC_IPV6];
/** Private ranges that lie beside what the corpus aims at. */
const OTHER_RANGES = ['10.99.0.0/16', '127.99.0.0/16', '192.168.77.0/24', 'fd99::/16', 'fe99::/16'];
const EVERYTHING = ['0.0.0.0/0', '::/0'];
const ROADS: readonly Road[] = ['fetch', 'websocket', 'tunnel'];

vi.setConfig({ testTimeout: scaled({ quick: 120_000, ci: 300_000, full: 3_600_000 }) });

const tally: Record<string, number> = {};
afterAll(() => figures('ssrf', { forms: CORPUS.length, ...tally }));

it('has at least 200 spellings and forms, and 1,500 probes of them by fetch alone', () => {
  expect(CORPUS.length).toBeGreaterThanOrEqual(200);
  expect(new Set(CORPUS.map(({ url }) => url)).size).toBe(CORPUS.length);
  expect(probesOf('fetch').length).toBeGreaterThanOrEqual(1_500);
});

it.each([
  ['no range', []],
  ['other ranges', OTHER_RANGES],
])(
  'reaches nothing private by any form and any way, with %s allowed',
  async (what, allowedCIDRs) => {
    await using world = await World.start();
    const all = ROADS.flatMap((road) => sample(probesOf(road), what));
    const outcomes = await tryAll(world, all, { allowedCIDRs });
    const reached = await world.reached();
    expect(reachedBesides(reached, ALLOWED)).toEqual({});
    // The redirecting server was reached, or the redirects were none.
    expect(reached[REDIRECTOR]).toBeGreaterThan(0);
    expect(outcomes.problems).toEqual([]);
    expect(world.faults).toEqual([]);
    count(`probes with ${what}`, all.length);
  },
);

it('never reaches metadata, translated and unspecified addresses, though every range is allowed and they are named', async () => {
  await using world = await World.start();
  const forms = NEVER.map((aim) => ({
    ...{ category: 'never', aim },
    url: `http://${bracketed(aim)}/`,
  }));
  const all = ROADS.flatMap((road) => withWays(forms, road));
  const { problems } = await tryAll(world, all, { allowedCIDRs: EVERYTHING });
  // Beside such an address in a DNS answer, or instead of it, nothing is reached either.
  expect(reachedBesides(await world.reached(), ALLOWED)).toEqual({});
  expect(problems).toEqual([]);
  count('probes with every range', all.length);
});

it('reaches what may be reached: public addresses, and private ones whose range is allowed', async () => {
  await using world = await World.start();
  const urls = [PUBLIC_IPV4, bracketed(PUBLIC_IPV6), '10.1.0.1', '[fd12::1]', '127.0.0.1']
    .map((host) => `http://${host}/`)
    .concat(`http://${nameOf(['10.1.0.2'], 'control')}/`);
  const probes = urls.flatMap((url) => ROADS.map((road) => probe(url, road)));
  const ticket = await world.egress.open({ net: rulesFor(probes), allowedCIDRs: EVERYTHING });
  for (const each of probes) await tried(world.egress.runner, ticket, each);
  const reached = await world.reached();
  const wanted = [PUBLIC_IPV4, PUBLIC_IPV6, '10.1.0.1', 'fd12::1', '127.0.0.1', '10.1.0.2'];
  expect(reached).toMatchObject(Object.fromEntries(wanted.map((one) => [one, ROADS.length])));
});

it('would reach what it aims at were addresses not judged', async () => {
  await using world = await World.start({ isUnfiltered: true });
  // To these a client connects only with a zone, if at all.
  const forms = CORPUS.filter(({ aim }) => !/^(fe80|ff02|::$|0\.0\.0\.0)/.test(aim));
  const probes = sample(withWays(forms, 'fetch'), 'unfiltered');
  await tryAll(world, probes, { allowedCIDRs: [] });
  const through = reachedBesides(await world.reached(), ALLOWED);
  const connections = Object.values(through).reduce((sum, each) => sum + each, 0);
  expect(connections).toBeGreaterThan(probes.length / 2);
  expect(Object.keys(through)).toEqual(
    expect.arrayContaining(['127.0.0.1', '169.254.169.254', '10.0.0.1', '64:ff9b::7f00:1']),
  );
  count('connections of the same probes without the filter', connections);
});

it.each([
  ['the port where runners dial it', OWN_ADDRESS, RUNNER_PORT],
  ['the name server', NAME_SERVER, 53],
])("never reaches egress's own: %s", async (_what, address, port) => {
  await using world = await World.start();
  const net = [{ host: address, ports: [port] }];
  const ticket = await world.egress.open({ net, allowedCIDRs: EVERYTHING });
  for (const road of ROADS) {
    const url = `http://${address}:${port}/`;
    expect(await tried(world.egress.runner, ticket, { url, road })).toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
    });
  }
  expect(reachedBesides(await world.reached(), [])).toEqual({});
});

function probesOf(road: Road): Probe[] {
  return withWays(CORPUS, road);
}

/** A tunnel and a WebSocket follow no redirect. */
function withWays(forms: readonly Form[], road: Road): Probe[] {
  return forms
    .flatMap((form, index) => waysOf(form, `n${index}`))
    .filter(({ way }) => road === 'fetch' || !way.startsWith('3'))
    .map((each) => ({ ...each, road }));
}

/** All of them in a full run; otherwise so many that each way and each form is among them. */
function sample(probes: readonly Probe[], salt: string): Probe[] {
  const every = scaled({ quick: 7, ci: 3, full: 1 });
  return probes.filter((_probe, index) => (index + salt.length) % every === 0);
}

function probe(url: string, road: Road): Probe {
  return { form: { category: 'control', url, aim: '' }, way: 'direct', url, road };
}

/** As many as one ticket may have rules for. */
const BATCH = 24;

async function tryAll(
  { egress }: World,
  probes: readonly Probe[],
  policy: Pick<EgressPolicy, 'allowedCIDRs'>,
): Promise<{ problems: string[] }> {
  const problems: string[] = [];
  for (let at = 0; at < probes.length; at += BATCH) {
    const batch = probes.slice(at, at + BATCH);
    // eslint-disable-next-line no-await-in-loop -- one batch after another
    const ticket = await egress.open({ net: rulesFor(batch), ...policy });
    // eslint-disable-next-line no-await-in-loop
    const ended = await Promise.all(batch.map((each) => tried(egress.runner, ticket, each)));
    problems.push(...settledAll(batch, ended as (string | CofferdamError)[]));
    // eslint-disable-next-line no-await-in-loop
    await egress.close(ticket);
  }
  return { problems };
}

function count(what: string, by: number): void {
  tally[what] = by;
}
