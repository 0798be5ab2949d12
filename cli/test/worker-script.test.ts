import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CofferdamProcess } from './cofferdam-process.ts';

const resource = (name: string, code: string, rest = 'mode: worker') =>
  `apiVersion: cofferdam.dev/v1alpha1
kind: SandboxScript
metadata: { name: ${name} }
spec:
  ${rest}
  source:
    inline: ${JSON.stringify(code)}
`;

const COMPUTE = `
  NETWORK.on('compute', async (data) => {
    const { n } = await NETWORK.request('double', { n: data.x + data.y });
    NETWORK.send('result', { answer: n });
  });
  NETWORK.on('count', () => NETWORK.send('count', globalThis.count = (globalThis.count ?? 0) + 1));
  NETWORK.on('fail', () => { throw new RangeError('in a handler') });
  NETWORK.on('spoof', () => NETWORK.send('exit', { system: 'exit' }));
  NETWORK.on('loop', () => { for (;;) {} });
  NETWORK.on('deep', () => { let deep = 1; for (let i = 0; i < 3000; i++) deep = [deep]; NETWORK.send('deep', deep); });
  NETWORK.on('fetch', () => fetch('https://a.example/').catch((error) => NETWORK.send('refused', error.name)));
  NETWORK.on('refused', () => NETWORK.request('never').catch((error) => NETWORK.send('refused', error.message)));
  NETWORK.send('ready');
`;

interface Message {
  event?: string;
  system?: string;
  id?: number;
  [field: string]: unknown;
}

/** One client's connection: what it was sent, and how it ended. */
class Client {
  readonly got: Message[] = [];
  readonly closed: Promise<CloseEvent>;
  readonly socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(name: string) {
    this.socket = new WebSocket(
      `${url.replace('http', 'ws')}v1/namespaces/default/scripts/${name}/connect`,
    );
    this.socket.addEventListener('message', ({ data }) => {
      this.got.push(JSON.parse(data as string) as Message);
      for (const look of this.#waiting) look();
    });
    this.closed = once(this.socket, 'close').then(([event]) => event as CloseEvent);
    clients.push(this);
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  message(fits: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.got.find(fits);
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async ready(): Promise<this> {
    await this.message(({ event }) => event === 'ready');
    return this;
  }
}

let home: string;
let up: CofferdamProcess;
let url: string;
const clients: Client[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'workers-up-'));
  const files = {
    compute: resource('compute', COMPUTE),
    silent: resource('silent', '1', 'mode: worker\n  limits: { wallTime: 300ms }'),
    broken: resource('broken', 'let a = ;'),
    throws: resource('throws', "NETWORK.send('ready');\nthrow new TypeError('at once')"),
    plain: resource('plain', 'return 1', 'preset: compute'),
    timed: resource('timed', '1', 'mode: worker\n  schedule: { every: 1s }'),
  };
  for (const [name, text] of Object.entries(files)) {
    // eslint-disable-next-line no-await-in-loop -- a few
    await writeFile(join(home, `${name}.yaml`), text);
  }
  const args = ['up', home, '--port', '0', '--data-dir', join(home, 'data'), '--plain'];
  up = new CofferdamProcess(args, { TMPDIR: home });
  url = /http:\S+/.exec(await up.line(/^API /))![0].replace(/\/?$/, '/');
  await vi.waitUntil(async () => (await ready('compute')).status === 'True', { timeout: 30_000 });
}, 60_000);
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.close();
});
afterAll(async () => {
  up.kill('SIGTERM');
  await up.exited;
  await rm(home, { recursive: true, force: true });
}, 60_000);

async function ready(name: string): Promise<{ status?: string; reason?: string }> {
  const response = await fetch(`${url}v1/namespaces/default/scripts/${name}`);
  const { status } = (await response.json()) as {
    status?: { conditions: { type: string; status: string; reason: string }[] };
  };
  return status?.conditions.find(({ type }) => type === 'Ready') ?? {};
}

const over = (message: Message) => message.system === 'exit';

describe('a script of mode worker', { timeout: 60_000 }, () => {
  it('has a worker for each connection, which speaks JSON with it', async () => {
    const one = await new Client('compute').ready();
    const two = await new Client('compute').ready();
    one.send({ event: 'compute', data: { x: 1, y: 2 } });
    const asked = await one.message(({ method }) => method === 'double');
    expect(asked).toEqual({ id: asked.id, method: 'double', data: { n: 3 } });
    one.send({ id: asked.id, result: { n: 6 } });
    const result = await one.message(({ event }) => event === 'result');
    expect(result).toEqual({ event: 'result', data: { answer: 6 } });
    one.send({ event: 'count' });
    two.send({ event: 'count' });
    expect((await one.message(({ event }) => event === 'count')).data).toBe(1);
    expect((await two.message(({ event }) => event === 'count')).data).toBe(1);
  });

  it('is told why a request failed, and has no network of its own', async () => {
    const client = await new Client('compute').ready();
    client.send({ event: 'refused' });
    const { id } = await client.message(({ method }) => method === 'never');
    client.send({ id, error: { message: 'not here' } });
    expect((await client.message(({ event }) => event === 'refused')).data).toBe('not here');
    client.got.length = 0;
    client.send({ event: 'fetch' });
    expect((await client.message(({ event }) => event === 'refused')).data).toBe('TypeError');
  });

  it('tells of errors and its end as no worker can', async () => {
    const client = await new Client('compute').ready();
    client.send({ event: 'fail' });
    const error = await client.message(({ system }) => system === 'error');
    expect(error).toEqual({ system: 'error', name: 'RangeError', message: 'in a handler' });
    client.send({ event: 'spoof' });
    const spoof = await client.message(({ event }) => event === 'exit');
    expect(spoof).toEqual({ event: 'exit', data: { system: 'exit' } });
    client.send({ event: 'deep' });
    await client.message(({ name }) => name === 'DataError');
    client.send({ event: 'loop' });
    expect(await client.message(({ system }) => system === 'cpu_limit')).toMatchObject({
      message: expect.stringContaining('without coming to rest') as string,
    });
    expect(await client.message(over)).toMatchObject({ reason: 'cpu_limit' });
    expect((await client.closed).code).toBe(1000);
  });

  it('tells what its code threw, and goes on', async () => {
    const client = await new Client('throws').ready();
    expect(await client.message(({ system }) => system === 'error')).toMatchObject({
      name: 'TypeError',
      message: 'at once',
      stack: expect.stringContaining(':2:7') as string,
    });
    expect(client.got.some(over)).toBe(false);
  });

  it('is over when nothing is said for as long as its wall time', async () => {
    const client = new Client('silent');
    expect(await client.message(over)).toMatchObject({ reason: 'WALL_TIME_EXCEEDED' });
    expect((await client.closed).code).toBe(1011);
  });

  it.each([
    ['no JSON', '{'],
    ['no message', '{"event":5}'],
    ['what only a worker says', '{"system":"exit"}'],
    ['more than 1 MiB', JSON.stringify({ event: 'x', data: 'y'.repeat(1024 * 1024) })],
    ['what nests too deeply', `{"event":"x","data":${'['.repeat(2000)}${']'.repeat(2000)}}`],
    ['bytes', new Uint8Array([1])],
  ])('ends the connection of a client that says %s', async (_what, message) => {
    const client = await new Client('compute').ready();
    client.socket.send(message);
    expect(await client.message(over)).toMatchObject({ reason: 'INVALID_INPUT' });
    expect((await client.closed).code).toBe(1008);
    await new Client('compute').ready();
  });

  it('is not ready where it does not compile or has what a worker has not', async () => {
    await expect.poll(async () => (await ready('broken')).status).toBe('False');
    await expect.poll(async () => (await ready('timed')).status).toBe('False');
    for (const [name, status] of [
      ['broken', 409],
      ['timed', 409],
      ['plain', 400],
      ['none', 404],
    ] as const) {
      const headers = {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      };
      const path = `v1/namespaces/default/scripts/${name}/connect`;
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const answered = await statusOf(`${url}${path}`, headers);
      expect([name, answered]).toEqual([name, status]);
    }
  });

  it('is not run', async () => {
    const response = await fetch(`${url}v1/namespaces/default/scripts/compute/runs`, {
      method: 'POST',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('connected to, not run');
  });
});

async function statusOf(address: string, headers: Record<string, string>): Promise<number> {
  const { request } = await import('node:http');
  const asked = request(address, { headers }).end();
  const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}
