import { connect, createServer } from 'node:net';
import { startEgress } from '../../egress/src/index.ts';
import { serveDns } from './dns.ts';
import { Listeners } from './listeners.ts';
import { zoneOf } from './zone.ts';

/** What runs in a network of its own: every address leads to its listeners, every name to its zone. */
export interface Setup {
  seed: number;
  /** Unix sockets for the one who looks at it from outside. */
  socket: string;
  controlSocket: string;
  nameServer: string;
  /** Where egress listens for runners, as in a cluster. */
  runnerPort: number;
}

const setup = JSON.parse(process.argv[2]!) as Setup;
const listeners = new Listeners();
await listeners.listen();
await serveDns(zoneOf(setup.seed), setup.nameServer);
const egress = await startEgress({
  socket: `0.0.0.0:${setup.runnerPort}`,
  controlSocket: setup.controlSocket,
  aliases: {},
  onFault: (error) => process.send!({ fault: String(Object(error).stack ?? error) }),
});
// A runner of ours is outside of this network: its bytes are carried in.
const door = createServer((socket) => {
  const inner = connect(setup.runnerPort, '127.0.0.1');
  socket.on('error', () => inner.destroy());
  inner.on('error', () => socket.destroy());
  socket.pipe(inner).pipe(socket);
});
door.listen(setup.socket, () => process.send!({ ready: true }));

process.on('message', () => process.send!({ reached: Object.fromEntries(listeners.reached) }));
process.on('disconnect', async () => {
  await egress.close();
  process.exit(0);
});
