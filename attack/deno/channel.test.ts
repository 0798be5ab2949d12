import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from '../../gateway/test/http-rig.ts';
import { expectations } from '../src/expectations.ts';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';
import { targetName } from '../src/target.ts';
import { CHANGES, FORGERIES, type Forgery } from './attempts/channel.ts';
import { ENDINGS } from './attempts/internals.ts';
import { inGroups } from './groups.ts';
import { disturbed, neighbours, Rig, warm } from './rig.ts';

/** What waits for ever has less time than what ends by itself, however busy the machine is. */
const LIMITS = { cpuTimeMs: 1_500 };
const WAITS_MS = 1_500;
const ENDS_MS = 20_000;
const ENDS: Forgery[] = Object.entries(ENDINGS).map(([name, code]) => ({
  name: `ends: ${name}`,
  code,
  ends: ['ENGINE_CRASH', 'EXCEPTION'],
}));
const ALL = [...FORGERIES, ...CHANGES, ...ENDS];
/** A sample of them is every so manyth. */
const EVERY = scaled({ quick: 8, ci: 3, full: 1 });
const TRIED = ALL.filter((_, index) => index % EVERY === 0);
/** With four neighbours beside each group. */
const GROUP = 4;

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
  await warm(rig.target);
}, 600_000);
afterAll(() => rig?.[Symbol.asyncDispose](), 60_000);

async function tryOne({ name, code, ends }: Forgery): Promise<string[]> {
  const timeout = ends.length === 1 && ends[0] === 'WALL_TIME_EXCEEDED' ? WAITS_MS : ENDS_MS;
  const request = { code, timeout, limits: LIMITS };
  const answer = await rig.target.run(request, { engine: 'deno', tenant: 'ash' });
  const { body } = answer;
  const end: string = body.success ? 'Completed' : body.error?.code;
  const attempt = { suite: 'deno', attempt: name, engine: 'deno', target: targetName };
  const held = ends.includes(end) && (await isItsOwn(answer)) && rig.leaked(answer).length === 0;
  try {
    expectations.verdict(attempt, held, answer.text.slice(0, 400));
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Beside its result nothing is as the script says, neither in the answer nor on record. */
async function isItsOwn({ body }: Answer): Promise<boolean> {
  if (body.runId === 'r-forged' || body.traceId === 'forged') return false;
  const record = (await rig.target.instance.get(`/v1/runs/${body.runId}`)).body;
  const honest = [body, record].every(
    ({ layers, runId }) =>
      layers?.[0] === 'deno' && layers[1] !== 'gvisor-forged' && runId !== 'r-forged',
  );
  const forged = await rig.target.instance.get('/v1/runs/r-forged');
  return (
    honest &&
    record.tenant !== 'birch' &&
    (body.stats?.cpuTimeMs ?? 0) < 900_000 &&
    forged.status === 404
  );
}

it('harms nothing but its own run', { timeout: 1_800_000 }, async () => {
  const failures = await inGroups(TRIED, { size: GROUP, atOnce: 1 }, async (group) => {
    const beside = neighbours(rig.target);
    const own = await Promise.all(group.map(tryOne));
    const lost = (await Promise.all(beside)).map(disturbed).filter((text) => text !== undefined);
    return [...own.flat(), ...lost.map((text) => `beside ${group[0]!.name}: ${text}`)];
  });
  expect(failures.flat()).toEqual([]);
  expect(rig.heard).toBe(0);
  expect(await rig.untouched()).toBe(true);
  figures('deno-channel', {
    forgeries: FORGERIES.length,
    changes: CHANGES.length,
    endings: ENDS.length,
    tried: TRIED.length,
    neighbours: Math.ceil(TRIED.length / GROUP) * 4,
    neighboursLost: 0,
  });
});
