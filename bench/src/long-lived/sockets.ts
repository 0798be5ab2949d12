import type { IsolateHost } from 'cofferdam';
import type { Figures } from '../samples.ts';
import { inRounds } from '../sdk/rounds.ts';
import { startServer } from '../server-process.ts';
import { echoRate, echoTimes, type EchoPeer } from './echo.ts';
import { clientPeer, guestPeer } from './echo-peers.ts';
import { install } from './installed.ts';
import { GUEST_ECHO } from './workload.ts';

const ROUNDS = 5;
const SAMPLES = 60;
const MIN_SECONDS = 1;

/** Each: a message there and back alone, and messages each second. */
export interface Sockets {
  server: Figures;
  gateway: Figures;
  bare: Figures;
}

/** Messages that come back: by an app server of this process, by one behind a gateway, and by `ws` alone. */
export async function measureSockets(host: IsolateHost, seconds: number): Promise<Sockets> {
  await using stack = new AsyncDisposableStack();
  const installed = await install({ echo: GUEST_ECHO });
  stack.defer(() => installed.stop());
  const bare = await startServer(process.execPath, ['echo-process.ts'], {
    cwd: new URL('./', import.meta.url),
    ready: /ws:\S+/,
  });
  stack.defer(() => bare.stop());
  const peers = {
    server: await guestPeer(host),
    gateway: await clientPeer(`${installed.address('echo').replace('http:', 'ws:')}/`),
    bare: await clientPeer(bare.ready),
  };
  for (const peer of Object.values(peers)) stack.defer(() => peer.close());
  return await compare(peers, Math.max(MIN_SECONDS, seconds / ROUNDS));
}

async function compare(
  peers: Readonly<Record<keyof Sockets, EchoPeer>>,
  seconds: number,
): Promise<Sockets> {
  const named = Object.entries(peers);
  // V8 has compiled all of it then.
  for (const [, peer] of named) await echoRate(peer, MIN_SECONDS);
  const alone = await inRounds(
    ROUNDS,
    named.map(([name, peer]) => ({ name, take: () => echoTimes(peer, SAMPLES) })),
  );
  const rates = await inRounds(
    ROUNDS,
    named.map(([name, peer]) => ({ name, take: async () => [await echoRate(peer, seconds)] })),
  );
  const figures = named.map(([name]) => [name, { ...alone[name]!, perSecond: rates[name]!.p50 }]);
  return Object.fromEntries(figures) as Sockets;
}
