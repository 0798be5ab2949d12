import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { collectGarbage } from '@cofferdam/protocol';
import { world } from './world.ts';

const MiB = 2 ** 20;
/** Code is compiled and caches are full by then. */
const WARM = 500;
const TICKETS = 1_500;

/** Resident memory does not tell: V8 keeps a hundred megabytes of garbage where nobody needs them. */
function held(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it(
  'nothing is kept of tickets that are closed, nor of what they fetched',
  { timeout: 120_000 },
  async () => {
    const { host, open, fetch, close } = await outside();
    const use = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        const ticket = await open();
        expect(await fetch(ticket, `http://${host}/`)).toBe('well');
        await close(ticket);
      }
    };
    await use(WARM);
    const before = held();
    await use(TICKETS);
    // Up to 1.3 were seen, of compiled code. A ticket that is kept has 3 KiB at least.
    expect((held() - before) / MiB).toBeLessThan(3);
  },
);

async function outside() {
  const egress = await world();
  const server = createServer((_request, response) => void response.end('well'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const net = [{ host: '127.0.0.1', ports: [port] }];
  return {
    host: `127.0.0.1:${port}`,
    open: () => egress.open({ net }),
    fetch: (ticket: string, url: string) => egress.fetch(ticket, { url }).text(),
    close: (ticket: string) => egress.close(ticket),
  };
}
