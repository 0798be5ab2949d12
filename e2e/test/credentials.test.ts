import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueItself } from '../../egress/test/certificates.ts';
import { descendants } from '../../cli/test/cofferdam-process.ts';
import type { Answer } from '../../gateway/test/http-rig.ts';
import { startReceiver, type Receiver } from '../../telemetry/test/receiver.ts';
import { Instance, scriptFile } from './instance.ts';
import { holds } from './process-memory.ts';

/** In three parts, so that it stands in no process but those that were given it. */
const CANARY = ['canary', 'f1c2', '9d07'].join('-');
const HOST = '127.0.0.1';

/** A device of a home: its certificate is its own, and whoever asks it needs its token. */
interface Device extends AsyncDisposable {
  port: number;
  certificate: string;
  /** What requests had as `authorization`, by path. */
  seen: Record<string, (string | undefined)[]>;
  /** What one had as `x-own`. */
  own: unknown;
}

async function startDevice(elsewhere: () => string): Promise<Device> {
  const { key, cert: certificate } = await issueItself(HOST);
  const device = { certificate, port: 0, seen: {} as Device['seen'], own: undefined as unknown };
  const server: Server = createServer({ key, cert: certificate }, (request, response) => {
    (device.seen[request.url!] ??= []).push(request.headers.authorization);
    device.own = request.headers['x-own'];
    if (request.url === '/moved') response.writeHead(302, { location: elsewhere() }).end();
    else if (request.url === '/rude') request.socket.destroy();
    else response.writeHead(200, { 'x-state': 'on' }).end('21.5');
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  device.port = (server.address() as AddressInfo).port;
  return Object.assign(device, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

let device: Device;
let other: Device;
let receiver: Receiver;
let secrets: string;
let up: Instance;

/** What a hostile guest would try, and all that it sees of it. */
const TRIES = `
  const seen = [JSON.stringify(typeof env === 'undefined' ? {} : env)];
  const ask = async (path, init) => {
    try {
      const response = await fetch('DEVICE' + path, init);
      seen.push(response.status, response.url, [...response.headers].join(), await response.text());
    } catch (error) {
      seen.push(error.name, error.message, error.stack, String(error.cause));
    }
  };
  await ask('/plain');
  await ask('/own', { headers: { authorization: 'mine', AUTHORIZATION: 'mine' } });
  await ask('/moved', { headers: { 'x-own': '1' } });
  await ask('/moved', { redirect: 'manual' });
  await ask('/rude');
  await ask('/uncovered', { method: 'DELETE', headers: { authorization: 'mine' } });
  console.log(seen.join(' '));`;

/** A machine that has much else to do is no reason to fail. */
const limits = { wallTime: '50s' };

const rules = () => [
  {
    host: HOST,
    ports: [device.port],
    methods: ['GET'],
    addHeadersFrom: [
      { name: 'Authorization', prefix: 'Bearer ', secretKeyRef: { name: 'ha', key: 'token' } },
    ],
    caFrom: { secretKeyRef: { name: 'ha', key: 'ca.crt' } },
  },
  { host: HOST, ports: [device.port], caFrom: { secretKeyRef: { name: 'ha', key: 'ca.crt' } } },
  { host: HOST, ports: [other.port], caFrom: { secretKeyRef: { name: 'other', key: 'ca.crt' } } },
];

function script(name: string, code: string, namespace: string, spec: Record<string, unknown> = {}) {
  const text = code.replaceAll('DEVICE', `https://${HOST}:${device.port}`);
  return {
    [`${namespace}-${name}.yaml`]: scriptFile(name, text, {
      ...{ namespace, spec: { ...spec, limits, permissions: { net: rules() } } },
    }),
  };
}

async function put(file: string, text: string): Promise<void> {
  await mkdir(join(secrets, file, '..'), { recursive: true });
  await writeFile(join(secrets, file), text);
}

beforeAll(async () => {
  const nowhere = () => 'https://nowhere.test';
  [other, receiver] = await Promise.all([startDevice(nowhere), startReceiver()]);
  device = await startDevice(() => `https://${HOST}:${other.port}/caught`);
  secrets = await mkdtemp(join(tmpdir(), 'e2e-secrets-'));
  await put('home/ha/token', `${CANARY}\n`);
  await put('home/ha/ca.crt', device.certificate);
  await put('home/other/ca.crt', other.certificate);
  await put('home/bad/token', `${CANARY}\nX-Evil: 1`);
  const bad = JSON.parse(Object.values(script('bad', 'return 1', 'home'))[0]!);
  bad.spec.permissions.net[0].addHeadersFrom[0].secretKeyRef.name = 'bad';
  up = await Instance.start({
    args: ['--allow-private', `${HOST}/32`, '--secrets', secrets],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
      ISOLATE_LOG_LEVEL: 'debug',
    },
    scripts: {
      ...script('isolate', `${TRIES} return seen`, 'home'),
      ...script('deno', `${TRIES} return seen`, 'home', { engine: 'deno' }),
      ...script(
        'check',
        `test('it', async () => { ${TRIES} throw new Error(seen.join()) })`,
        'home',
        {
          mode: 'check',
        },
      ),
      ...script(
        'server',
        `serve({ async fetch() { ${TRIES} return Response.json(seen) } })`,
        'home',
        { mode: 'server' },
      ),
      ...script('thief', `${TRIES} return seen`, 'lab'),
      'bad.yaml': JSON.stringify(bad),
    },
  });
}, 60_000);
afterAll(async () => {
  await up[Symbol.asyncDispose]();
  await Promise.all([
    other[Symbol.asyncDispose](),
    device[Symbol.asyncDispose](),
    receiver.close(),
  ]);
  await rm(secrets, { recursive: true });
}, 60_000);

const readiness = async (namespace: string, name: string) => {
  const { body } = await up.get(`/v1/namespaces/${namespace}/scripts/${name}`);
  const { conditions } = body.status as { conditions: Record<string, string>[] };
  return conditions.find(({ type }) => type === 'Ready');
};

/** Has a script do it alone. A machine that is busy for seconds starts no process: then it is asked again. */
async function answered(name: string): Promise<Answer> {
  for (;;) {
    for (const { seen } of [device, other]) {
      for (const path of Object.keys(seen)) delete seen[path];
    }
    const asked =
      name === 'server'
        ? up.get('/v1/namespaces/home/scripts/server/server/')
        : up.runNow('home', name);
    const answer = await asked;
    if (answer.status !== 503) return answer;
  }
}

describe('a credential that a script’s rule adds', { timeout: 120_000 }, () => {
  it.each(['isolate', 'deno', 'check', 'server'])(
    'is added for a %s, which never has it',
    async (name) => {
      const answer = await answered(name);
      expect(answer.status).toBe(name === 'check' ? 422 : 200);
      const bearer = `Bearer ${CANARY}`;
      expect(device.seen).toEqual({
        ...{ '/plain': [bearer], '/own': [bearer], '/moved': [bearer, bearer], '/rude': [bearer] },
        '/uncovered': ['mine'],
      });
      // A redirect took what the guest had said, and nothing else.
      expect([other.seen, other.own]).toEqual([{ '/caught': [undefined] }, '1']);
      const said = JSON.stringify(answer.body);
      expect(said).toContain('21.5');
      expect(said).not.toContain(CANARY);
    },
  );

  it('is for scripts of its namespace alone, and none that is no header', async () => {
    expect(await readiness('lab', 'thief')).toMatchObject({
      ...{ status: 'False', reason: 'SecretNotFound', message: 'there is no Secret ha in lab' },
    });
    expect((await up.runNow('lab', 'thief')).status).toBe(409);
    expect(await readiness('home', 'bad')).toMatchObject({
      status: 'False',
      reason: 'InvalidHeaderValue',
    });
  });

  it.each(['/execute', '/deno', '/v1/sessions'])('cannot be named at %s', async (path) => {
    const [rule] = rules();
    const { addHeadersFrom: _, ...trusting } = rule!;
    for (const named of [rule, trusting]) {
      const body = { code: 'return 1', permissions: { net: [named] } };
      const { code: _code, ...session } = body;
      const answer = await up.post(path, path === '/v1/sessions' ? session : body);
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([
        400,
        expect.stringMatching(/addHeadersFrom|caFrom/),
      ]);
    }
  });

  it('is in nothing that the instance says or writes, and in no process of a guest', async () => {
    const { body } = await answered('isolate');
    const paths = [
      ...[`/v1/runs/${body.runId}`, '/v1/runs', '/v1/scripts', '/v1/namespaces/home/scripts'],
      ...['/v1/namespaces/home/scripts/isolate', '/v1/namespaces/home/scripts/bad'],
      ...['/health', '/stats', '/metrics', '/openapi.json'],
    ];
    const answers = await Promise.all(paths.map((path) => up.get(path)));
    expect(answers[0]!.status).toBe(200);
    expect(JSON.stringify(answers)).not.toContain(CANARY);
    const { traceId } = body as { traceId: string };
    const told = () => receiver.received.some(({ body: sent }) => sent.includes(traceId));
    await expect.poll(told, { timeout: 60_000 }).toBe(true);
    expect(receiver.received.some(({ body: sent }) => sent.includes(CANARY))).toBe(false);
    expect(up.process.text).not.toContain(CANARY);
    const written = await up.written();
    expect(written.some((bytes) => bytes.includes(body.runId as string))).toBe(true);
    expect(written.some((bytes) => bytes.includes(CANARY))).toBe(false);

    const [egress] = await up.processesOf('egress');
    expect(await holds(up.process.pid, CANARY)).toBe(true);
    const others = (await descendants(up.process.pid)).filter((pid) => pid !== egress);
    expect(others.length).toBeGreaterThan(2);
    expect(await Promise.all(others.map((pid) => holds(pid, CANARY)))).not.toContain(true);
  });

  it('is another as soon as its file is', async () => {
    const seen = () => device.seen['/plain']!.at(-1);
    await put('home/ha/token', 'the-next');
    await expect
      .poll(async () => (await up.runNow('home', 'isolate'), seen()), { timeout: 60_000 })
      .toBe('Bearer the-next');
    const served = async () => {
      await up.get('/v1/namespaces/home/scripts/server/server/');
      return seen();
    };
    await expect.poll(served, { timeout: 60_000 }).toBe('Bearer the-next');
    await rm(join(secrets, 'home/ha/token'));
    await expect
      .poll(() => readiness('home', 'isolate'), { timeout: 60_000 })
      .toMatchObject({ status: 'False', reason: 'SecretKeyNotFound' });
  });
});
