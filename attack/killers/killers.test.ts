import { DEFAULT_LIMITS } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectations } from '../src/expectations.ts';
import { figures } from '../src/report.ts';
import { scale, scaled } from '../src/scale.ts';
import { startTarget, targetName, type Target } from '../src/target.ts';
import type { Killer } from './killer.ts';
import { Lanes } from './lanes.ts';
import { killersOf } from './shapes.ts';
import { surroundingsOf, type Surroundings } from './surroundings.ts';
import { Tenant } from './tenant.ts';
import { tryKiller, type Finding } from './trial.ts';

const SUITE = 'killers';
const TEST_MS = 600_000;
/** Killers at once, each in a runner of its own; one where they are measured. */
const LANES = scaled({ quick: 3, ci: 2, full: 1 });

interface Row extends Finding {
  killer: Killer;
  runsPerProcess: number;
}
const rows: Row[] = [];

/** After each: a run of half an hour that is broken off has not been for nothing. */
function publish(): void {
  if (scale !== 'full') return;
  const shapes = rows.map(({ killer, ...row }) => ({
    ...{ class: killer.class, name: killer.name, engine: killer.engine ?? 'isolate' },
    ...{ limitBytes: killer.limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes, ...row },
  }));
  figures(SUITE, { shapes });
}

describe.each([8, 1])('with runsPerProcess %i', { timeout: TEST_MS }, (runsPerProcess) => {
  let target: Target;
  let surroundings: Surroundings;
  let lanes: Lanes<Tenant>;
  let other: Tenant;

  beforeAll(async () => {
    target = await startTarget({ env: { ISOLATE_RUNS_PER_PROCESS: String(runsPerProcess) } });
    surroundings = surroundingsOf(target);
    lanes = new Lanes(Array.from({ length: LANES }, (_, n) => new Tenant(target, `lane-${n}`)));
    other = new Tenant(target, 'other');
  }, TEST_MS);
  afterAll(() => target[Symbol.asyncDispose](), TEST_MS);

  it.concurrent.each(
    killersOf(runsPerProcess).map((killer): [string, string, Killer] => [
      killer.class,
      killer.name,
      killer,
    ]),
  )('%s: %s', async (_class, name, killer) => {
    const place = { suite: SUITE, attempt: name, engine: killer.engine ?? 'isolate' };
    const failed = await lanes.take(async (own) => {
      const trial = { runsPerProcess, own, other, surroundings };
      try {
        rows.push({ killer, runsPerProcess, ...(await tryKiller(killer, trial)) });
        publish();
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    });
    expectations.verdict({ ...place, target: targetName }, failed === undefined, failed);
  });
});
