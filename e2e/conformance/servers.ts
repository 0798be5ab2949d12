import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import type { Client } from './client.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
/** Requests that are sent at once while a server is replaced. */
const SENDERS = 4;

interface ServerView {
  instances: { state: string; runnerId?: string; inFlight: number }[];
}

/** A script of mode `server`, asked by whoever has no token. */
class Server {
  readonly #client: Client;
  readonly #name: string;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#name = name;
  }

  get url(): string {
    return `${this.#client.instance.url}/${this.#name}`;
  }

  async apply(code: string, limits: object = {}): Promise<void> {
    const route = { path: `/${this.#name}`, auth: 'none' };
    await this.#client.apply(this.#name, code, { mode: 'server', route, limits });
  }

  /** Resolves when the gateway knows a server that is new. */
  whenKnown(): Promise<ServerView> {
    return vi.waitUntil(() => this.view(), PATIENCE);
  }

  async view(): Promise<ServerView | undefined> {
    const path = `/v1/namespaces/${this.#client.tenant}/scripts/${this.#name}/server`;
    const { status, body } = await this.#client.get(path);
    return status === 200 ? body : undefined;
  }

  async ask(path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
    const answer = await fetch(this.url + path, init);
    return { status: answer.status, text: await answer.text() };
  }
}

async function serve(client: Client, name: string, code: string, limits?: object): Promise<Server> {
  const server = new Server(client, name);
  await server.apply(code, limits);
  await server.whenKnown();
  return server;
}

/** Says `word`; to who sends something, when it has been read. */
const saying = (word: string) => `
  serve({
    async fetch(request) {
      await request.text();
      return new Response('${word}');
    },
  });`;

const COUNTING = `
  let count = 0;
  serve({
    fetch(request) {
      count += 1;
      const { pathname } = new URL(request.url);
      if (pathname === '/loop') for (;;);
      if (pathname === '/hold') return new Promise(() => {});
      return Response.json({ count });
    },
  });`;

const ECHO = `
  serve({
    fetch(request, server) {
      if (request.headers.has('upgrade') && server.upgrade(request)) return;
      return new Response(request.body);
    },
    websocket: { message: (ws, data) => ws.send(data) },
  });`;

/** Scripts that answer HTTP themselves. */
export function serverTests(on: () => Client): void {
  it('start with the first request, and answer JSON', async () => {
    const server = await serve(on(), 'counting', COUNTING);
    expect((await server.view())?.instances).toEqual([]);
    expect(await server.ask('/')).toEqual({ status: 200, text: '{"count":1}' });
    expect(await server.ask('/')).toEqual({ status: 200, text: '{"count":2}' });
    expect((await server.view())?.instances).toMatchObject([{ state: 'ready' }]);
  });

  it('take a body and answer one as they come', async () => {
    const server = await serve(on(), 'echo', ECHO);
    const call = request(`${server.url}/`, { method: 'PUT' });
    call.write('first');
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    const pieces = answer.setEncoding('utf8')[Symbol.asyncIterator]();
    // The request is not over yet.
    expect((await pieces.next()).value).toBe('first');
    call.end('x'.repeat(1_000_000));
    let rest = 0;
    for await (const piece of { [Symbol.asyncIterator]: () => pieces }) {
      rest += (piece as string).length;
    }
    expect(rest).toBe(1_000_000);
  });

  it('speak WebSocket, texts and bytes', async () => {
    const server = await serve(on(), 'echo', ECHO);
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/`);
    socket.binaryType = 'arraybuffer';
    await once(socket, 'open');
    const echo = async (data: string | Uint8Array<ArrayBuffer>) => {
      socket.send(data);
      return ((await once(socket, 'message')) as [MessageEvent])[0].data as unknown;
    };
    expect(await echo('hi')).toBe('hi');
    const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index);
    expect(new Uint8Array((await echo(bytes)) as ArrayBuffer)).toEqual(bytes);
    socket.close(4000);
    expect(((await once(socket, 'close')) as [CloseEvent])[0].code).toBe(4000);
  });

  it('are replaced under load, and drop no request', async () => {
    const server = await serve(on(), 'shop', saying('one'));
    expect(await server.ask('/')).toEqual({ status: 200, text: 'one' });
    const begun = request(`${server.url}/`, { method: 'PUT' });
    begun.write('x');
    await vi.waitUntil(async () => (await server.view())?.instances[0]?.inFlight === 1, PATIENCE);
    const answers = new Set<string>();
    const send = async () => {
      for (let isNew = false; !isNew;) {
        const answer = await server.ask('/');
        answers.add(`${answer.status} ${answer.text}`);
        isNew = answer.text !== 'one';
      }
    };
    const sent = Promise.all(Array.from({ length: SENDERS }, send));
    await server.apply(saying('two'));
    await sent;
    expect([...answers].sort()).toEqual(['200 one', '200 two']);
    begun.end();
    const [ended] = (await once(begun, 'response')) as [IncomingMessage];
    // The one before it ends what it has begun.
    expect([ended.statusCode, await text(ended)]).toEqual([200, 'one']);
  });
}

/** What becomes of them when they, or what is around them, end. */
export function serverEndTests(on: () => Client): void {
  it('that loop end themselves, and nothing beside them', async () => {
    const beside = await serve(on(), 'beside', COUNTING);
    const hostile = await serve(on(), 'hostile', COUNTING, { cpuTime: '300ms' });
    expect((await beside.ask('/')).text).toBe('{"count":1}');
    const before = await on().runner();
    const looping = await hostile.ask('/loop');
    expect(looping.status).toBe(502);
    expect(JSON.parse(looping.text).error).toMatchObject({ code: 'SERVER_FAILED' });
    expect(await hostile.ask('/')).toEqual({ status: 200, text: '{"count":1}' });
    expect((await beside.ask('/')).text).toBe('{"count":2}');
    expect(await on().runner()).toEqual(before);
  });

  it('whose runner is killed say so to who waits, and serve again', async () => {
    // Longer than it takes to notice that a pod has fallen silent.
    const server = await serve(on(), 'mortal', COUNTING, { wallTime: '60s' });
    expect((await server.ask('/')).text).toBe('{"count":1}');
    const held = server.ask('/hold', { method: 'POST', body: 'x' });
    const isHeld = async () => (await server.view())?.instances[0]?.inFlight === 1;
    await vi.waitUntil(isHeld, PATIENCE);
    await on().killRunner();
    const { status, text: said } = await held;
    expect([status, JSON.parse(said).error.code]).toEqual([502, 'SERVER_FAILED']);
    expect(await server.ask('/')).toEqual({ status: 200, text: '{"count":1}' });
  });
}
