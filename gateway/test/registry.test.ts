import { stat } from 'node:fs/promises';
import { CofferdamError } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PoolDemand } from '@cofferdam/protocol';
import { announce, dialAs, intent, ok, rig, testPool, type Rig } from './peer.ts';

let gateway: Rig;
beforeEach(async () => void (gateway = await rig()));
afterEach(() => gateway[Symbol.asyncDispose]());

const TOKEN = 'a-token-of-a-runner-that-is-announced';

describe('joining', () => {
  it('happens on a socket that only this user may open', async () => {
    const { mode } = await stat(gateway.socketPath);
    expect(mode & 0o777).toBe(0o600);
  });

  it('needs a token that was announced', async () => {
    const stranger = await dialAs(gateway.socketPath, TOKEN);
    await stranger.channel.closed;
    expect(gateway.core.registry.list()).toEqual([]);
  });

  it('uses a token up', async () => {
    const { registry } = gateway.core;
    announce(registry, TOKEN);
    const first = await dialAs(gateway.socketPath, TOKEN);
    await first.channel.peer;
    const second = await dialAs(gateway.socketPath, TOKEN);
    await second.channel.closed;
    expect(registry.list()).toHaveLength(1);
  });

  it('is over for a token that was forgotten', async () => {
    const { registry } = gateway.core;
    registry.forget(announce(registry, TOKEN));
    await (
      await dialAs(gateway.socketPath, TOKEN)
    ).channel.closed;
    expect(registry.list()).toEqual([]);
  });

  const HELLOS: Record<string, Record<string, unknown>> = {
    'of another role': { role: 'egress' },
    'with an unknown layer': { layers: ['vm'] },
    'with an unknown field': { tenant: 'home' },
    'without versions': { versions: undefined },
    'with a token that is no text': { token: 7 },
  };
  for (const [what, about] of Object.entries(HELLOS)) {
    it(`refuses a hello ${what}`, async () => {
      announce(gateway.core.registry, TOKEN);
      await (
        await dialAs(gateway.socketPath, TOKEN, { about })
      ).channel.closed;
      expect(gateway.core.registry.list()).toEqual([]);
    });
  }

  it('answers nothing to a stranger', async () => {
    const stranger = await dialAs(gateway.socketPath, TOKEN);
    const call = stranger.channel.call('blob', { digest: 'a'.repeat(64) }, { deadlineMs: 1_000 });
    await expect(call.reply).rejects.toBeInstanceOf(CofferdamError);
  });
});

describe('binding', () => {
  it('is to one tenant, for ever', async () => {
    const first = await gateway.join();
    const second = await gateway.join();
    await gateway.core.runs.execute(intent({ tenant: 'a' }));
    await gateway.core.runs.execute(intent({ tenant: 'b' }));
    await gateway.core.runs.execute(intent({ tenant: 'a' }));
    await gateway.core.runs.execute(intent({ tenant: 'b' }));
    for (const [peer, tenant] of [
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      const tenants = peer.calls.map(({ payload }) => (payload as { tenant: string }).tenant);
      expect(tenants).toEqual([tenant, tenant, tenant]);
    }
  });

  it('is waited for by every run of the tenant that came meanwhile', async () => {
    const bound = Promise.withResolvers<object>();
    const peer = await gateway.join({ handlers: { bind: () => bound.promise } });
    const runs = [1, 2, 3].map(() => gateway.core.runs.execute(intent()));
    bound.resolve({});
    const endings = (await Promise.all(runs)).map(({ result }) => result.exitReason);
    expect(endings).toEqual(['Completed', 'Completed', 'Completed']);
    expect(peer.calls.filter(({ method }) => method === 'bind')).toHaveLength(1);
  });

  it('that fails costs the runner, not the run', async () => {
    const bad = await gateway.join({
      handlers: { bind: () => Promise.reject(new Error('no')) },
    });
    const run = gateway.core.runs.execute(intent());
    await bad.channel.closed;
    await gateway.join();
    expect((await run).result.exitReason).toBe('Completed');
  });
});

describe('supply', () => {
  it('says what is missing, once for a tenant', async () => {
    const demands: PoolDemand[] = [];
    const discarded: string[] = [];
    gateway.core.registry.attach({
      demand: (demand) => void demands.push(demand),
      discard: (runnerId) => discarded.push(runnerId),
    });
    expect(demands.at(-1)).toMatchObject({ waiting: 0, joined: 0 });
    const runs = [1, 2, 3].map(() => gateway.core.runs.execute(intent()));
    expect(demands.at(-1)).toMatchObject({ waiting: 1, joined: 0 });
    const peer = await gateway.join();
    await Promise.all(runs);
    gateway.core.registry.announceDemand();
    expect(demands.at(-1)).toMatchObject({ waiting: 0, joined: 1, unbound: 0 });
    peer.socket.destroy();
    await peer.channel.closed;
    await expect.poll(() => discarded).toEqual([peer.runnerId]);
  });

  it('lets the longest idle runner go when another tenant needs its room', async () => {
    const warm = { minimum: 0, spare: 0, maximum: 2 };
    await using other = await rig({ pools: [testPool({ warm })] });
    const { registry, runs } = other.core;
    const discarded: string[] = [];
    registry.attach({
      demand: ({ waiting, unbound, expected, joined }) => {
        if (waiting > unbound + expected && joined + expected < 2) void other.join();
      },
      discard: (runnerId, reason) => discarded.push(`${runnerId}: ${reason}`),
    });
    await runs.execute(intent({ tenant: 'a' }));
    await runs.execute(intent({ tenant: 'b' }));
    const [a] = registry.list();
    expect(a!.tenant).toBe('a');
    await runs.execute(intent({ tenant: 'c' }));
    expect(registry.list().map(({ tenant }) => tenant)).toEqual(['b', 'c']);
    expect(discarded).toEqual([`${a!.runnerId}: another tenant needs its room`]);
  });

  it('lets idle runners go, down to the minimum', async () => {
    const warm = { minimum: 1, spare: 0, maximum: 16 };
    await using other = await rig({ pools: [testPool({ warm, idleMs: 20 })] });
    const first = await other.join();
    await other.join();
    await first.channel.closed;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(other.core.registry.list()).toHaveLength(1);
  });

  it('is Unavailable when nobody comes in time', async () => {
    await using other = await rig({ graceMs: 20 });
    const limits = { ...intent().limits, wallTimeMs: 1 };
    const { result } = await other.core.runs.execute(intent({ limits }));
    expect(result.exitReason).toBe('Unavailable');
  });
});

describe('stats', () => {
  it('holds what runners say, and leaves out what is wrong', async () => {
    const engine = {
      active: 0,
      spare: 3,
      completed: 1,
      killed: 0,
      processes: [{ pid: 1, rssBytes: 5 }],
    };
    await gateway.join({
      handlers: { stats: () => ({ engines: { isolate: engine }, rssBytes: 7 }) },
    });
    await gateway.join({ handlers: { stats: () => ({ engines: 'many' }) } });
    await gateway.core.runs.execute(intent());
    const { runners, runs } = await gateway.core.stats();
    expect(runs).toEqual({ total: 1, completed: 1, failed: 0 });
    expect(runners[0]).toMatchObject({
      state: 'bound',
      tenant: 'home',
      rssBytes: 7,
      engines: { isolate: { spare: 3, processes: 1, rssBytes: 5 } },
    });
    expect(runners[1]).toMatchObject({ state: 'unbound' });
    expect(runners[1]!.engines).toBeUndefined();
  });

  it('takes nothing but a schema from a validating runner', async () => {
    await gateway.join({ handlers: { validate: () => ({ valid: 'yes' }) } });
    const request = { tenant: 'home', code: 'return 1', language: 'auto' as const };
    await expect(gateway.core.validate(request)).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    });
    await gateway.join({
      run: () => ok(),
      handlers: { validate: () => ({ valid: true, form: 'body' }) },
    });
    expect(await gateway.core.validate(request)).toEqual({ valid: true, form: 'body' });
  });
});
