import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeCall, helloPayload, encodeFrame } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { announce, dialAs } from './peer.ts';
import { registryRig } from './registry-rig.ts';

const TOKEN = 'a-token-of-a-runner-that-is-announced';
const hello = (token: string) =>
  encodeFrame('hello', false, 0, helloPayload({ role: 'runner', token, layers: [], versions: {} }));

/** Dials, sends bytes, and notes every byte that comes back. */
async function stranger(path: string, ...bytes: Uint8Array[]) {
  const socket: Socket = connect(path).on('error', () => {});
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  await once(socket, 'connect');
  for (const chunk of bytes) socket.write(chunk);
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  return { socket, heard, closed };
}

describe('a stranger', () => {
  const call = encodeFrame('call', false, 1, encodeCall('blob', 1_000, { digest: 'a' }));
  const ping = encodeFrame('ping', false, 0);
  const WORDS: Record<string, Uint8Array[]> = {
    'a wrong token': [hello('a-token-that-nobody-has-announced')],
    'a wrong token, a call and a ping': [hello('a-token-that-nobody-has-announced'), call, ping],
    'a call before any hello': [call],
    'a ping before any hello': [ping],
    'a hello of nobody': [encodeFrame('hello', false, 0, helloPayload({ role: 'runner' }))],
    'no frame at all': [Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  };
  for (const [what, bytes] of Object.entries(WORDS)) {
    it(`hears not one byte for ${what}`, async () => {
      await using rig = await registryRig();
      const { heard, closed } = await stranger(rig.socketPath, ...bytes);
      await closed;
      expect(Buffer.concat(heard)).toHaveLength(0);
      expect(rig.registry.list()).toEqual([]);
    });
  }

  it('hears nothing while it says nothing, and is thrown out after 10 s', async () => {
    await using rig = await registryRig();
    const { heard, closed } = await stranger(rig.socketPath);
    // Accepted by now: another one has joined.
    await rig.join();
    await rig.advance(10_000);
    await closed;
    expect(Buffer.concat(heard)).toHaveLength(0);
  });

  it('whose token is known hears a hello', async () => {
    await using rig = await registryRig();
    announce(rig.registry, TOKEN);
    const { socket, heard } = await stranger(rig.socketPath, hello(TOKEN));
    await once(socket, 'data');
    expect(Buffer.concat(heard).length).toBeGreaterThan(0);
    socket.destroy();
  });
});

describe('before everything was announced', () => {
  it('a runner waits without a word, and is taken when it was', async () => {
    const announced = Promise.withResolvers<void>();
    await using rig = await registryRig(undefined, { announced: announced.promise });
    const { socket, heard } = await stranger(rig.socketPath, hello(TOKEN));
    await rig.join();
    expect(heard).toEqual([]);
    const runnerId = announce(rig.registry, TOKEN);
    announced.resolve();
    await once(socket, 'data');
    expect(rig.registry.list().map((runner) => runner.runnerId)).toContain(runnerId);
    socket.destroy();
  });

  it('a runner that was announced meanwhile need not wait', async () => {
    await using rig = await registryRig(undefined, { announced: new Promise(() => {}) });
    announce(rig.registry, TOKEN);
    const peer = await dialAs(rig.socketPath, TOKEN);
    await peer.channel.peer;
    expect(rig.registry.list()).toHaveLength(1);
  });

  it('a stranger is refused when all is said', async () => {
    const announced = Promise.withResolvers<void>();
    await using rig = await registryRig(undefined, { announced: announced.promise });
    const { heard, closed } = await stranger(rig.socketPath, hello(TOKEN));
    await rig.join();
    announced.resolve();
    await closed;
    expect(Buffer.concat(heard)).toHaveLength(0);
  });

  it('nobody waits longer than 10 s', async () => {
    await using rig = await registryRig(undefined, { announced: new Promise(() => {}) });
    const { heard, closed } = await stranger(rig.socketPath, hello(TOKEN));
    await rig.join();
    await rig.advance(10_000);
    await closed;
    expect(Buffer.concat(heard)).toHaveLength(0);
  });
});

describe('strangers', () => {
  it('are at most 64 at once, and do not keep the runner out for longer than 10 s', async () => {
    await using rig = await registryRig();
    const many = await Promise.all(Array.from({ length: 64 }, () => stranger(rig.socketPath)));
    const one = await stranger(rig.socketPath, hello(TOKEN));
    await one.closed;
    await rig.advance(10_000);
    await Promise.all(many.map(({ closed }) => closed));
    await rig.join();
    expect(rig.registry.list()).toHaveLength(1);
  });
});
