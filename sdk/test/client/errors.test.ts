import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGatewayConfig, startGateway } from '@cofferdam/gateway';
import { API_VERSION, resolvePool } from '@cofferdam/protocol';
import { describe, expect, it, vi } from 'vitest';
import { CofferdamApiError, createClient, type CofferdamClient } from 'cofferdam/client';

const code = 'return 1';

async function errorOf(call: Promise<unknown>): Promise<CofferdamApiError> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CofferdamApiError);
  return error as CofferdamApiError;
}

async function lastOf(events: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const event of events) last = event;
  return last;
}

/** Something that is no Cofferdam, asked by a client. */
async function askedOf(answer: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = createClient({ baseUrl: `http://127.0.0.1:${port}` });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const POOL = {
  apiVersion: API_VERSION,
  kind: 'SandboxPool',
  metadata: { name: 'empty' },
  spec: {},
} as const;

/** A gateway to which no runner comes. */
async function lonelyGateway(settings: Parameters<typeof readGatewayConfig>[1] = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'client-gateway-'));
  const gateway = await startGateway({
    config: readGatewayConfig({}, { port: 0, rateLimit: 0, drainMs: 50, ...settings }),
    dataDir: dir,
    runnerAddresses: [join(dir, 'gateway.sock')],
    pools: [resolvePool(POOL)],
    log: () => undefined,
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= gateway.close());
  return {
    client: createClient({ baseUrl: gateway.url }),
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
      await rm(dir, { recursive: true });
    },
  };
}

const answered = (status: number, type: string, text: string) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': type, 'retry-after': '7' }).end(text);
};
const streamed = (text: string) => answered(200, 'text/event-stream', text);

describe('a gateway that cannot serve', () => {
  it('says when to come again', async () => {
    await using lonely = await lonelyGateway({ rateLimit: 1 });
    await lonely.client.stats();
    const error = await errorOf(lonely.client.stats());
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429, retry: true });
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(error.requestId).toEqual(expect.any(String));
  });

  it('ends a run through no fault of the script: an error, with the run', async () => {
    await using lonely = await lonelyGateway();
    const { client } = lonely;
    const single = errorOf(client.execute({ code }));
    const stream = errorOf(lastOf(client.executeStream({ code })));
    await vi.waitFor(async () => expect((await client.stats()).active).toBe(2));
    await lonely.close();
    const ended = { code: 'UNAVAILABLE', blame: 'system', retry: true };
    const run = { runId: expect.any(String), exitReason: 'Unavailable' };
    expect(await single).toMatchObject({ ...ended, status: 503, retryAfterMs: 1_000, run });
    expect(await stream).toMatchObject({ ...ended, run });
  });
});

describe('what is no Cofferdam', () => {
  it.each([
    ['a page', answered(200, 'text/html', '<h1>Log in</h1>'), false],
    ['a proxy’s error', answered(502, 'text/html', 'Bad Gateway'), false],
    ['a proxy that is busy', answered(503, 'application/json', '{"message":"busy"}'), true],
    ['JSON that is none', answered(200, 'application/json', '{'), false],
    ['a redirect', answered(307, 'application/json', '{}'), false],
  ])('%s is an error', async (_what, answer, retry) => {
    await using other = await askedOf(answer);
    const error = await errorOf(other.client.execute({ code }));
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION', blame: 'system', retry });
    expect(error.retryAfterMs).toBe(7_000);
    const stream = await errorOf(lastOf(other.client.executeStream({ code })));
    expect(stream.code).toBe('PROTOCOL_VIOLATION');
  });

  it('events that are none are an error', async () => {
    await using other = await askedOf(streamed('event: log\ndata: {\n\n'));
    const error = await errorOf(lastOf(other.client.executeStream({ code })));
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION', retry: false });
  });

  it('an event without an end is not kept', async () => {
    await using other = await askedOf((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const piece = `data: ${'x'.repeat(1024 * 1024)}\n`;
      const more = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', more);
      more();
    });
    const error = await errorOf(lastOf(other.client.executeStream({ code })));
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });
});

describe('a connection that ends', () => {
  const cut = (before: string, type: string) => (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': type, 'content-length': '1000' });
    response.write(before, () => response.destroy());
  };
  const calls: [string, (client: CofferdamClient) => Promise<unknown>, boolean][] = [
    ['a run', (client) => client.execute({ code }), false],
    ['a stream', (client) => lastOf(client.executeStream({ code })), false],
    ['a look', (client) => client.health(), true],
  ];

  it.each(calls)('in the middle of %s is an error', async (_what, call, retry) => {
    await using other = await askedOf(cut('{', 'application/json'));
    const error = await errorOf(call(other.client));
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', status: undefined, retry });
    expect(error.cause).toBeInstanceOf(Error);
  });

  it.each(calls)('before %s is an error', async (_what, call, retry) => {
    const { client, ...gone } = await askedOf(() => undefined);
    await gone[Symbol.asyncDispose]();
    expect(await errorOf(call(client))).toMatchObject({ code: 'CONNECTION_LOST', retry });
  });

  it.each([
    ['cut off', cut('event: log\ndata: {}\n\n', 'text/event-stream')],
    ['ended', streamed('event: log\ndata: {}\n\n')],
  ])('before the result of a stream is an error: %s', async (_how, answer) => {
    await using other = await askedOf(answer);
    const error = await errorOf(lastOf(other.client.executeStream({ code })));
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', retry: false });
  });
});
