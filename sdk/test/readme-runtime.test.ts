import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIsolateHost } from '../src/index.ts';
import { ownDaemon } from './harness.ts';

const { socketPath } = ownDaemon();
const server = createServer((_request, response) => response.writeHead(202).end('from outside'));
let address = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

it('a runtime writes to the console, fetches and calls tools', async () => {
  const written: string[] = [];
  const host = await createIsolateHost({ daemon: { socketPath } });
  const runtime = await host.createRuntime({
    bindings: {
      console: {
        onEntry(entry) {
          if (entry.type === 'output') written.push(entry.stdout);
        },
      },
      fetch: async (request, context) => await fetch(request, { signal: context.signal }),
      tools: {
        greet: async (name: string) => `hello ${name}`,
        count: async function* (to: number) {
          for (let i = 1; i <= to; i++) yield i;
        },
      },
    },
  });
  try {
    await runtime.eval(
      `
      const response = await fetch('${address}');
      console.log('status:', response.status, await response.text());
      console.log(await greet('isolate'));
      for await (const number of count(3)) console.log(number);
      `,
      { filename: '/app/entry.ts' },
    );
  } finally {
    await runtime.dispose();
    await host.close();
  }
  expect(written).toEqual(['status: 202 from outside', 'hello isolate', '1', '2', '3']);
});

it('fetch is refused where the host gave no binding for it', async () => {
  const host = await createIsolateHost({ daemon: { socketPath } });
  const runtime = await host.createRuntime();
  await expect(runtime.eval(`await fetch('${address}')`)).rejects.toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('the host gave no fetch binding') as string,
    code: 'EXCEPTION',
  });
  await host.close();
});
