import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { encodeFrame, helloPayload } from '@cofferdam/protocol';
import { only, target, world } from '../../egress/test/world.ts';
import { httpRig, send, type Answer } from '../../gateway/test/http-rig.ts';
import { announce, intent, ok, rig } from '../../gateway/test/peer.ts';
import { Random } from '../src/random.ts';
import { scaled } from '../src/scale.ts';
import { FRAME_SUBJECTS } from './frame-subjects.ts';
import { mutatedBytes, pieces } from './mutate-bytes.ts';
import { JsonSeed } from './mutate-json.ts';

const SEED = Number(process.env.COFFERDAM_ATTACK_SEED ?? 1);
const CONNECTIONS = scaled({ quick: 100, ci: 500, full: 5_000 });
const BODIES = scaled({ quick: 300, ci: 2_000, full: 20_000 });
const { make } = FRAME_SUBJECTS.find(({ name }) => name === 'connection')!;
/** Beyond what the first connections have made the heap hold. */
const MAX_GROWTH = 64 * 1024 * 1024;

/** Says hello, and then what comes of the seed; resolves when the other end has had enough, or nothing more comes. */
async function babble(path: string, about: object, random: Random): Promise<void> {
  const socket = connect(path);
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  const hello = encodeFrame('hello', false, 0, helloPayload(about));
  socket.write(random.oneIn(10) ? mutatedBytes(hello, random) : hello);
  for (const piece of pieces(make(random), random)) socket.write(piece);
  socket.end();
  await Promise.race([once(socket, 'close').catch(() => {}), sleep(2_000)]);
  socket.destroy();
}

async function heldAfter(work: () => Promise<void>): Promise<number> {
  await work();
  await sleep(50);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function each(count: number, work: (random: Random) => Promise<void>): Promise<void> {
  for (let at = 0; at < count; at++) await work(new Random(SEED, at));
}

it('a gateway is none the worse for runners that babble', { timeout: 1_200_000 }, async () => {
  await using gateway = await rig();
  await gateway.join({ run: () => ok() });
  const about = () => {
    const token = randomBytes(32).toString('base64url');
    announce(gateway.core.registry, token);
    return { role: 'runner', token, layers: ['process'], versions: {} };
  };
  const some = (count: number) =>
    heldAfter(() => each(count, (random) => babble(gateway.socketPath, about(), random)));
  const before = await some(50);
  const after = await some(CONNECTIONS);
  expect(after - before).toBeLessThan(MAX_GROWTH);
  const { result } = await gateway.core.runs.execute(intent());
  expect(result.exitReason).toBe('Completed');
});

it('egress is none the worse for runners that babble', { timeout: 1_200_000 }, async () => {
  const faults: unknown[] = [];
  const out = await world({ onFault: (error) => faults.push(error) });
  const seen = await target((_request, response) => response.end('ok'));
  const ticket = await out.open(only('127.0.0.1', seen.port));
  const some = (count: number) =>
    heldAfter(() => each(count, (random) => babble(out.socket, {}, random)));
  const before = await some(50);
  const after = await some(CONNECTIONS);
  expect(after - before).toBeLessThan(MAX_GROWTH);
  expect(await out.fetch(ticket, { url: seen.url }).text()).toBe('ok');
  expect(faults).toEqual([]);
});

const BODY = new JsonSeed(
  JSON.stringify({
    code: 'return input',
    language: 'js',
    preset: 'agent',
    timeout: 100,
    input: { a: [1, 2, 3] },
    env: { name: 'value' },
    limits: { cpuTimeMs: 100, memoryBytes: 67_108_864 },
    permissions: { net: [{ host: 'example.com', ports: [443], methods: ['GET'] }] },
  }),
);
/** What was asked for, a refusal of the catalogue's, or a runner that is not there. */
function isKnown({ status, body }: Answer): boolean {
  if (status < 400 || body?.valid === false) return true;
  const code = body?.error?.code as unknown;
  if (typeof code !== 'string') return false;
  return status < 500 || code === 'UNAVAILABLE' || code === 'PROTOCOL_VIOLATION';
}

const PATHS = [
  '/execute',
  '/deno',
  '/validate',
  '/wasm/compile',
  '/wasm/run',
  '/v1/sessions',
  '/typecheck',
];

it(
  'no body of a client is answered with anything but what it asked for or a typed refusal',
  { timeout: 1_200_000 },
  async () => {
    await using http = await httpRig();
    await http.join({
      run: () => ok(),
      handlers: { validate: () => ({ valid: true, form: 'body' }) },
    });
    const headers = { 'content-type': 'application/json' };
    const odd: string[] = [];
    await each(BODIES, async (random) => {
      const path = random.pick(PATHS);
      const text = Buffer.from(BODY.mutated(random));
      const body = random.oneIn(4) ? mutatedBytes(text, random) : text;
      const answer = await send(http.url + path, { method: 'POST', headers }, body);
      if (!isKnown(answer))
        odd.push(`${path} ${answer.status} ${body.toString('latin1')}: ${answer.text}`);
    });
    expect(odd).toEqual([]);
  },
);
