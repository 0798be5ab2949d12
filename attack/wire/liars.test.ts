import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import {
  MAX_FRAME_BYTES,
  resolveLimits,
  RUN_BROWSER_METHOD,
  RUNTIME_METHODS,
} from '@cofferdam/protocol';
import { intent, ok, rig, type Peer } from '../../gateway/test/peer.ts';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';
import { lying, type Liar, type Lie } from './liar.ts';
import { honest, meanwhile } from './neighbours.ts';

const FLOOD = scaled({ quick: 20_000, ci: 50_000, full: 100_000 });
/** More than a connection may hold unsent. */
const UNREAD = 400_000;
const MiB = 1024 * 1024;
/** A flood that is borne is waited for; some lies end with the run's time alone. */
const PATIENCE_MS = 120_000;
const DEADLINE_MS = scaled({ quick: 1_500, ci: 2_500, full: 10_000 });
/** How a run ends whose runner is thrown out. */
const CUT_OFF = ['EngineCrash', 'Unavailable', 'Neighbour'];
/** What a connection may hold unsent, and a frame under way, with what a collector has not collected yet. */
const MAX_GROWN_MIB = 200;
const resultOf = (value: string) => JSON.stringify(ok({ value: JSON.stringify(value) }));
const credit = (bytes: number) => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return payload;
};

/** Sends something so many times, or until it is cut off. */
async function flood(
  liar: Liar,
  send: (index: number) => Promise<void>,
  times = FLOOD,
): Promise<void> {
  for (let index = 1; index <= times && !liar.isCutOff; index++) {
    await send(index);
    // The gateway of this test shares the thread.
    if (index % 500 === 0) await new Promise(setImmediate);
  }
}

/** What gains nothing: the run ends as it would have without. */
const IGNORED: Record<string, Lie> = {
  'results of runs that it does not have': (liar) =>
    flood(
      liar,
      (id) => (id === liar.runId ? Promise.resolve() : liar.frame('reply', resultOf('stolen'), id)),
      1_000,
    ),
  'errors of calls that it does not have': (liar) =>
    flood(liar, (id) => liar.frame('error', '{"code":"INTERNAL"}', liar.runId + id), 1_000),
  'credit of nothing': (liar) => flood(liar, () => liar.frame('credit', credit(0))),
  'a flood of cancels of calls that it has not made': (liar) =>
    flood(liar, (id) => liar.cancel(id)),
  'a flood of answers to pings that nobody sent': (liar) =>
    flood(liar, () => liar.frame('pong', '', 0)),
  'a flood of events that nobody follows': (liar) =>
    flood(liar, () => liar.frame('event', '1'), 20_000),
  'calls of methods that there are not': (liar) =>
    flood(liar, (id) => liar.call(id, '__proto__'), 2_000),
  'a browser for a run of somebody else’s': (liar) =>
    flood(
      liar,
      (id) => liar.call(id, RUN_BROWSER_METHOD, { runId: 'r-00000000', method: 'x', args: '[]' }),
      10,
    ),
  'bindings of a runtime of somebody else’s': (liar) =>
    flood(liar, (id) => liar.call(id, RUNTIME_METHODS.fetch, { runtimeId: 'r-00000000' }), 100),
  'modules of somebody else’s': (liar) =>
    flood(liar, (id) => liar.call(id, 'blob', { digest: 'a'.repeat(64) }), 100),
};

/** What a runner is cut off for: its run ends with it, and says so. */
const FATAL: Record<string, Lie> = {
  'a result larger than the run may have': (liar) =>
    liar.frame('reply', JSON.stringify(ok({ value: `"${'x'.repeat(4 * MiB)}"` }))),
  'a result that nests without end': (liar) => liar.frame('reply', '['.repeat(MiB)),
  'a result of a million values': (liar) => liar.frame('reply', JSON.stringify(Array(1e6).fill(1))),
  'the announcement of a frame of 4 GiB': (liar) =>
    liar.raw(Buffer.from([0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0, 1])),
  'a frame of the largest size that never ends': async (liar) => {
    const head = Buffer.from([0, 0, 0, 0, 0x83, 0, 0, 0, 1]);
    head.writeUInt32BE(MAX_FRAME_BYTES, 0);
    await liar.raw(head);
    await flood(liar, () => liar.raw(Buffer.alloc(MiB)), 15);
    await cutOff(liar);
  },
  'its result byte by byte, for ever': async (liar) => {
    await liar.raw(Buffer.from([0, 0, 0xff, 0xff, 0x83, 0, 0, 0, 1]));
    while (!liar.isCutOff) {
      await liar.raw(Buffer.from('x'));
      await sleep(1);
    }
  },
  'more events than a call may have': (liar) =>
    flood(liar, () => liar.frame('event', JSON.stringify({ log: 'x'.repeat(500) }))),
  'more bytes than it has credit for': (liar) =>
    flood(liar, () => liar.frame('data', Buffer.alloc(65_536)), 64),
  'more credit than there is': (liar) => liar.frame('credit', credit(0xffff_ffff)),
  'a second hello': (liar) => liar.frame('hello', '{"version":1,"oldest":1,"about":{}}', 0),
  'calls whose answers it does not read': async (liar) => {
    liar.stopReading();
    await flood(liar, (id) => liar.call(id, 'blob', { digest: 'x'.repeat(900) }), UNREAD);
  },
  'calls and cancels of them, unread': async (liar) => {
    liar.stopReading();
    await flood(
      liar,
      async (id) => {
        await liar.call(id, 'blob', { digest: 'x'.repeat(900) });
        await liar.cancel(id);
        await liar.raw(Buffer.from([0, 0, 0, 0, 10, 0, 0, 0, 0]));
      },
      UNREAD,
    );
  },
};

async function cutOff(liar: Liar): Promise<void> {
  while (!liar.isCutOff) await sleep(5);
}

const grown: Record<string, number> = {};
afterAll(() => figures('wire-liars', { grownMiB: grown }));

async function told(name: string, lie: Lie, wallTimeMs = PATIENCE_MS) {
  await using gateway = await rig({ graceMs: 500 });
  await honest(gateway);
  const peer: Peer = await gateway.join(lying(lie, () => peer.socket));
  const limits = resolveLimits({ wallTimeMs });
  const evil = intent({ tenant: 'evil', limits });
  const { outcome, endings, grownMiB } = await meanwhile(gateway, () =>
    gateway.core.runs.execute(evil),
  );
  grown[name] = Math.round(grownMiB);
  expect(endings).toEqual(['Completed "honest"']);
  expect(grownMiB).toBeLessThan(MAX_GROWN_MIB);
  return { peer, result: outcome.result };
}

describe('a runner that lies gains nothing by', () => {
  it.each(Object.entries(IGNORED))('%s', { timeout: 180_000 }, async (name, lie) => {
    const { result } = await told(name, lie);
    // A call that none of ours would make may cost it its connection, which harms nobody else.
    expect(['Completed', ...CUT_OFF]).toContain(result.exitReason);
    if (result.exitReason === 'Completed') expect(result.value).toBe('"told"');
    else expect(name).toMatch(/somebody else’s/);
  });

  it('its result twice', async () => {
    const twice: Lie = async (liar) => {
      await liar.frame('reply', resultOf('first'));
      await liar.frame('reply', resultOf('second'));
    };
    expect((await told('twice', twice)).result.value).toBe('"first"');
  });
});

describe('a runner that lies is cut off, and harms nobody else, for', () => {
  it.each(Object.entries(FATAL))('%s', { timeout: 180_000 }, async (name, lie) => {
    const { result, peer } = await told(name, lie, DEADLINE_MS);
    expect(CUT_OFF).toContain(result.exitReason);
    await peer.channel.closed;
  });
});
