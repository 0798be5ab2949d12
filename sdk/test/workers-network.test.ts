import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerFetchRequest } from '../src/index.ts';
import { ownSandboxes } from './worker-harness.ts';

const { open } = ownSandboxes();
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ path: request.url, method: request.method }));
});
const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0]! });
let port = 0;

beforeAll(async () => {
  sockets.on('connection', (socket) => {
    socket.send('welcome');
    socket.on('message', (data, isBinary) => {
      if (data.toString() === 'bye') socket.close(4001, 'as asked');
      else socket.send(data, { binary: isBinary });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  server.close();
});

describe('fetch of a worker', () => {
  it('goes to the host, which says where it may go', async () => {
    const { worker, next } = await open();
    const allowed = [`127.0.0.1:${port}`];
    worker.onRequest('fetch', async ({ url, method, headers, body }) => {
      if (!allowed.includes(new URL(url).host)) throw new Error('Domain not allowed');
      const response = await fetch(url, { method, headers, body: body ?? null });
      return {
        ok: response.ok,
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      };
    });
    void worker.execute(`
      const response = await fetch('http://127.0.0.1:${port}/data');
      const refused = await fetch('https://evil.example/').catch((error) => [error.name, error.message]);
      NETWORK.send('seen', [response.ok, response.status, response instanceof Response, response.headers.get('content-type'), await response.json(), refused]);
    `);
    expect(await next('seen')).toEqual([
      true,
      200,
      true,
      'application/json',
      { path: '/data', method: 'GET' },
      ['TypeError', expect.stringContaining('Domain not allowed')],
    ]);
  });

  it('brings the fields of the request, its body as text or else in base64', async () => {
    const { worker, next } = await open();
    const asked: WorkerFetchRequest[] = [];
    worker.onRequest('fetch', (request) => {
      asked.push(request);
      return {
        status: 201,
        statusText: 'Made',
        bodyBase64: Buffer.from([0, 255]).toString('base64'),
      };
    });
    void worker.execute(`
      const answer = await fetch('https://a.example/x?y=1', { method: 'PUT', body: 'grüße', headers: { 'X-One': '1' } });
      await fetch('https://a.example/', { method: 'POST', body: new Uint8Array([0, 255, 254]) });
      NETWORK.send('seen', [answer.status, answer.statusText, [...new Uint8Array(await answer.arrayBuffer())]]);
    `);
    expect(await next('seen')).toEqual([201, 'Made', [0, 255]]);
    expect(asked).toEqual([
      {
        url: 'https://a.example/x?y=1',
        method: 'PUT',
        headers: { 'x-one': '1', 'content-type': 'text/plain;charset=UTF-8' },
        body: 'grüße',
      },
      {
        url: 'https://a.example/',
        method: 'POST',
        headers: {},
        body: undefined,
        bodyBase64: 'AP/+',
      },
    ]);
  });

  it('is a TypeError where the host has no handler, or one that answers nonsense', async () => {
    const { worker, next } = await open();
    const ask = `await fetch('https://a.example/').catch((error) => NETWORK.send('error', [error.name, error.message]))`;
    void worker.execute(ask);
    expect(await next('error')).toEqual([
      'TypeError',
      expect.stringContaining("the host answers no request 'fetch'"),
    ]);
    const answers = [undefined, {}, { status: 99 }, { status: 200, body: 5 }, 'text'];
    for (const answer of answers) {
      worker.onRequest('fetch', () => answer as never);
      void worker.execute(ask);
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect(await next('error')).toEqual([
        'TypeError',
        expect.stringContaining('the handler of fetch'),
      ]);
    }
  });
});

describe('WebSocket of a worker', () => {
  it('is one of the host’s, which says where it may go', async () => {
    const { worker, next, workers } = await open();
    const asked: unknown[] = [];
    const evil = next('evil');
    worker.onRequest('websocket', ({ url, protocols }) => {
      asked.push([url, protocols]);
      if (new URL(url).hostname !== '127.0.0.1') throw new Error('Domain not allowed');
      return new WebSocket(url, protocols);
    });
    void worker.execute(`
      const seen = [];
      const socket = new WebSocket('ws://127.0.0.1:${port}/chat', ['one', 'two']);
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => { seen.push(['open', socket.protocol]); socket.send('text'); socket.send(new Uint8Array([1, 2])); socket.send('x'.repeat(200000)); };
      socket.onmessage = ({ data }) => {
        seen.push(typeof data === 'string' ? data.slice(0, 10) + data.length : [...new Uint8Array(data)]);
        if (seen.length === 5) socket.send('bye');
      };
      socket.onclose = ({ code, reason, wasClean }) => NETWORK.send('seen', [...seen, code, reason, wasClean]);
      const evil = new WebSocket('wss://evil.example/');
      evil.onclose = ({ code, wasClean }) => NETWORK.send('evil', [code, wasClean]);
    `);
    expect(await next('seen')).toEqual([
      ['open', 'one'],
      'welcome7',
      'text4',
      [1, 2],
      'xxxxxxxxxx200000',
      4001,
      'as asked',
      true,
    ]);
    expect(await evil).toEqual([1006, false]);
    expect(asked).toContainEqual([`ws://127.0.0.1:${port}/chat`, ['one', 'two']]);
    expect(workers.isolateCount()).toBe(1);
  });

  it('is closed with its worker', async () => {
    const { worker, next } = await open();
    worker.onRequest('websocket', ({ url }) => new WebSocket(url));
    void worker.execute(`
      new WebSocket('ws://127.0.0.1:${port}/').onmessage = () => NETWORK.send('open');
    `);
    await next('open');
    const gone = [...sockets.clients].map((socket) => once(socket, 'close'));
    await worker.destroy();
    await Promise.all(gone);
    expect(sockets.clients.size).toBe(0);
  });

  it('fails where the host has no handler, or one that answers none', async () => {
    const { worker, next } = await open();
    const ask = `
      const socket = new WebSocket('ws://127.0.0.1:${port}/');
      socket.onerror = ({ message }) => NETWORK.send('failed', message);
    `;
    void worker.execute(ask);
    expect(await next('failed')).toContain("the host answers no request 'websocket'");
    worker.onRequest('websocket', () => true);
    void worker.execute(ask);
    expect(await next('failed')).toContain('answered no WebSocket');
    worker.onRequest('websocket', () => new WebSocket(`ws://127.0.0.1:${port + 1}`));
    void worker.execute(ask);
    expect(await next('failed')).toContain('could not be opened');
  });
});
