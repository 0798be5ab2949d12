import { describe, expect, it, vi } from 'vitest';
import type { Isolation } from '@cofferdam/protocol';
import { testPool } from './peer.ts';
import { serverRig, serverScript } from './server-rig.ts';

const HELD = `
  let open; const gate = new Promise((resolve) => { open = resolve; });
  serve({ async fetch(request) {
    if (request.url.endsWith('/open')) { open(); return new Response('opened'); }
    if (request.url.endsWith('/hold')) { console.log('holding'); await gate; }
    return new Response(NAME);
  } })`;
const addressOf = (name: string) => `/v1/namespaces/default/scripts/${name}/server`;

describe('a server whose pool isolates', () => {
  it.each<Isolation>(['Script', 'Run'])(
    'by %s answers, in runners of its own',
    async (isolation) => {
      const rig = await serverRig();
      rig.gateway.core.pools.set([testPool({ isolation })]);
      const server = { concurrency: 1, maxInstances: 2 };
      const limits = { wallTimeMs: 60_000 };
      const one = serverScript(`const NAME = 'one';${HELD}`, { name: 'one', server, limits });
      const two = serverScript(`const NAME = 'two';${HELD}`, { name: 'two', server, limits });
      rig.publish(one, two);
      const runnersOf = (name: string) =>
        rig.status(name).instances.map(({ runnerId }) => runnerId!);
      expect((await rig.get(`${addressOf('one')}/`)).text).toBe('one');
      expect((await rig.get(`${addressOf('two')}/`)).text).toBe('two');
      // A run is in none of theirs.
      const run = await rig.post('/execute', { code: 'return 1', timeout: 30_000 });
      expect(run.status).toBe(200);
      const held = rig.get(`${addressOf('one')}/hold`);
      await vi.waitUntil(() => rig.status('one').logs.some(({ message }) => message === 'holding'));
      expect((await rig.get(`${addressOf('one')}/open`)).text).toBe('opened');
      expect(rig.status('one').instances).toHaveLength(2);
      // An instance is one long run.
      if (isolation === 'Run') expect(new Set(runnersOf('one')).size).toBe(2);
      expect(new Set(runnersOf('one')).isDisjointFrom(new Set(runnersOf('two')))).toBe(true);
      await rig[Symbol.asyncDispose]();
      await held.catch(() => {});
    },
    120_000,
  );
});
