import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleCredentials } from '@cofferdam/protocol';
import { startEgress, type EgressOptions } from '@cofferdam/egress';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dial, Fetched, startOf, target } from '../../egress/test/world.ts';
import { EgressControl } from '../src/core/egress/control.ts';
import { Tickets } from '../src/core/egress/tickets.ts';
import { TraceBudget } from '../src/core/egress/trace-budget.ts';
import { tempDir, testPool } from './peer.ts';

const CANARY = 'canary-8d11';
const credentials: RuleCredentials[] = [{ rule: 0, headers: [['X-Key', CANARY]] }];

/** A way out that can be ended and begun anew, and a target that tells what it was sent. */
async function wayOut() {
  const dir = await tempDir();
  onTestFinished(() => rm(dir, { recursive: true }));
  const seen: unknown[] = [];
  const { port, url } = await target(({ headers }, response) => {
    seen.push(headers['x-key']);
    response.end('ok');
  });
  const options: EgressOptions = {
    ...{ socket: join(dir, 'egress.sock'), controlSocket: join(dir, 'control.sock') },
    aliases: {},
  };
  let egress = await startEgress(options);
  onTestFinished(() => egress.close());
  const restart = async () => {
    await egress.close();
    egress = await startEgress(options);
  };
  const ask = async (ticket: string) =>
    new Fetched(await dial(options.socket), { ticket, ...startOf({ url }) }, {}).text();
  return { port, seen, options, restart, ask };
}

describe('a script’s credentials', () => {
  it('go to egress with its ticket, and again when that has begun anew', async () => {
    const { options, port, seen, restart, ask } = await wayOut();
    const control = new EgressControl({ address: options.controlSocket });
    onTestFinished(() => control.close());
    const tickets = new Tickets({
      control,
      budget: new TraceBudget({ now: Date.now }),
      metrics: { egressRequests: () => {} },
      allowPrivate: ['127.0.0.0/8'],
    });
    const net = [{ host: '127.0.0.1', ports: [port] }];
    const holder = { tenant: 'home', net, maxRequests: 9, credentials };
    const until = Date.now() + 60_000;
    const run = { runId: 'r-12345678', traceparent: '00-a', expiresAt: until };
    const pool = testPool();
    const ticket = await tickets.open(holder, { ...run, pool });
    expect(await ask(ticket.secret)).toBe('ok');
    await restart();
    await ticket.renew(until).catch(() => ticket.renew(until));
    expect(await ask(ticket.secret)).toBe('ok');
    expect(seen).toEqual([CANARY, CANARY]);
  });
});
