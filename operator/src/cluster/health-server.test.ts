import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHealthServer, type HealthServer, type OperatorFigures } from './health-server.ts';

let server: HealthServer;
let url: string;
let figures: OperatorFigures;

beforeEach(async () => {
  const port = await freePort();
  figures = { leading: false, gateways: 0, scripts: {} };
  server = await startHealthServer(port, () => figures);
  url = `http://127.0.0.1:${port}`;
});
afterEach(() => server.close());

async function freePort(): Promise<number> {
  const socket = createServer().listen(0);
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  await once(socket.close(), 'close');
  return port;
}

describe('the health server', () => {
  it('is live and ready while it waits for the lease', async () => {
    for (const path of ['/livez', '/readyz', '/readyz?verbose']) {
      expect((await fetch(url + path)).status).toBe(200);
    }
    expect((await fetch(`${url}/debug`)).status).toBe(404);
  });

  it('says how much there is', async () => {
    figures = { leading: true, gateways: 2, scripts: { True: 3, False: 1 } };
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await answer.text()).split('\n').filter((line) => !line.startsWith('#'));
    expect(lines).toEqual([
      'cofferdam_operator_leading 1',
      'cofferdam_operator_gateways 2',
      'cofferdam_operator_scripts{ready="True"} 3',
      'cofferdam_operator_scripts{ready="False"} 1',
      '',
    ]);
  });

  it('rejects where its port is taken', async () => {
    const { port } = new URL(url);
    await expect(startHealthServer(Number(port), () => figures)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
