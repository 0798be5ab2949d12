import type { ChildProcess } from 'node:child_process';
import { expect, it } from 'vitest';
import { httpRig, type Answer } from '../../gateway/test/http-rig.ts';
import { onMissing, startRunner, stop } from '../../gateway/test/processes.ts';
import { scaled } from '../src/scale.ts';
import { PUBLIC_IPV4, PUBLIC_IPV6, REDIRECTOR } from './addresses.ts';
import { CORPUS } from './corpus.ts';
import { reachedBesides } from './outcomes.ts';
import { rulesFor, waysOf, type Probe } from './probe.ts';
import { World } from './world.ts';

/** What a guest can do to reach an address: it says how each try ended. */
const GUEST = `
  const dial = (url) => new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/i, 'ws'));
    socket.onopen = () => resolve('reached');
    socket.onerror = (event) => reject(new Error(event.message ?? 'refused'));
    socket.onclose = () => reject(new Error('closed'));
  });
  const told = (promise) => promise.then((answer) => String(answer), (error) => 'error: ' + String(error && error.message));
  const endings = [];
  for (const url of input.urls) {
    endings.push(await told(fetch(url, { method: 'POST', body: 'x' }).then((answer) => answer.text())));
    endings.push(await told((async () => dial(url))()));
  }
  return endings;
`;
/** A run has 30 s at most, also on a busy machine. */
const BATCH = 6;

it.each(['/execute', '/deno'])(
  'a guest reaches nothing private by any form, through %s',
  { timeout: 600_000 },
  async (path) => {
    await using world = await World.start();
    await using rig = await httpRig({}, { control: world.controlSocket });
    const { core } = rig.gateway;
    const runners: ChildProcess[] = [];
    const addresses = { gateway: rig.socketPath, egress: world.socket };
    core.registry.attach({
      demand: onMissing(() => runners.push(startRunner(core.registry, addresses))),
      discard: () => {},
    });
    const probes = sample();
    for (let at = 0; at < probes.length; at += BATCH) {
      const batch = probes.slice(at, at + BATCH);
      const input = { urls: [...batch.map(({ url }) => url), `http://${PUBLIC_IPV4}/`] };
      const body = {
        code: GUEST,
        ...(path === '/execute' ? { preset: 'web', input } : { data: input }),
        permissions: { net: rulesFor(batch) },
        limits: { requests: 1_000 },
        timeout: 30_000,
      };
      // eslint-disable-next-line no-await-in-loop -- one run after another
      const answer = await answered(() => rig.post(path, body));
      expect([answer.body.success, answer.body.error?.message]).toEqual([true, undefined]);
      const endings = answer.body.result as string[];
      // The last address is one that it may reach.
      expect(endings.at(-2)).toBe('reached');
      expect(endings.every((ending) => ending === 'reached' || ending.startsWith('error: '))).toBe(
        true,
      );
    }
    const reached = await world.reached();
    expect(reachedBesides(reached, [REDIRECTOR, PUBLIC_IPV4, PUBLIC_IPV6])).toEqual({});
    expect(reached[PUBLIC_IPV4]).toBeGreaterThan(0);
    await Promise.all(runners.map(stop));
  },
);

/** What may be sent again is, for no probe is to be left out because a process was slow to start. */
async function answered(ask: () => Promise<Answer>, left = 5): Promise<Answer> {
  const answer = await ask();
  const isAgain = left > 0 && answer.body.error?.retry === true;
  return isAgain ? answered(ask, left - 1) : answer;
}

function sample(): Probe[] {
  const every = scaled({ quick: 150, ci: 30, full: 5 });
  return CORPUS.flatMap((form, index) => waysOf(form, `g${index}`))
    .map((each) => ({ ...each, road: 'fetch' as const }))
    .filter((_probe, index) => index % every === 0);
}
