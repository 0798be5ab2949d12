import { expect, it } from 'vitest';
import { testPool } from './peer.ts';
import { registryRig } from './registry-rig.ts';

const pool = (maximum: number) =>
  testPool({ runsPerProcess: 1, warm: { minimum: 0, spare: 1, maximum }, idleMs: 3_600_000 });

it('a tenant under load gets a second runner, as long as the pool may make another', async () => {
  await using rig = await registryRig([pool(3)]);
  const [first, second] = [await rig.join(), await rig.join()];
  const leases = [];
  // eslint-disable-next-line no-await-in-loop -- one after the other
  for (let count = 0; count < 4; count++) leases.push(await rig.acquire());
  const used = leases.map(({ runnerId }) => runnerId);
  expect(used).toEqual([first.runnerId, first.runnerId, second.runnerId, second.runnerId]);
});

it('and takes nobody else’s last one', async () => {
  await using rig = await registryRig([pool(2)]);
  const [first, second] = [await rig.join(), await rig.join()];
  const leases = [];
  // eslint-disable-next-line no-await-in-loop -- one after the other
  for (let count = 0; count < 4; count++) leases.push(await rig.acquire());
  expect(new Set(leases.map(({ runnerId }) => runnerId))).toEqual(new Set([first.runnerId]));
  expect((await rig.acquire({ tenant: 'other' })).runnerId).toBe(second.runnerId);
});
