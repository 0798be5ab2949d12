import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cluster } from '../cluster/cluster.ts';
import { run } from '../cluster/command.ts';

const INSIDE = join(import.meta.dirname, '../cluster/inside.sh');
export const PRIVATE_PORT = 8_480;
/** Of each kind that is somebody's own, with the addresses that clouds answer at. None of them is really anybody's here. */
export const PRIVATE_ADDRESSES = [
  ...['169.254.169.254', '169.254.170.2', '168.63.129.16', '100.100.100.200'],
  ...['10.77.0.1', '172.30.77.1', '192.168.77.1', '100.64.77.1', '169.254.77.1', '198.18.77.1'],
];
/** A home's machine that scripts may reach, and that sends them on to wherever they ask: `?status=302&to=…`. */
export const REDIRECTOR = { address: '192.168.99.9', port: 8_481 };
const LISTENER = `
  require('http').createServer((request, response) => {
    const asked = new URL(request.url, 'http://redirector').searchParams;
    response.writeHead(Number(asked.get('status')), { location: asked.get('to') }).end();
  }).listen(${REDIRECTOR.port}, '${REDIRECTOR.address}');
  require('net').createServer((socket) => {
    console.log(socket.localAddress);
    socket.on('error', () => {}).end('HTTP/1.1 200 OK\\r\\nconnection: close\\r\\ncontent-length: 7\\r\\n\\r\\nprivate');
  }).listen(${PRIVATE_PORT}, '0.0.0.0', () => console.log('listening'));`;

/** A home's own machines, as a node would have them beside it: each connection to one of them is noted. */
export interface PrivateNetwork extends AsyncDisposable {
  /** The addresses that were connected to, once for each connection. */
  readonly connected: string[];
}

/** Within the node's network alone: the machine around it has none of these addresses. */
export async function startPrivateNetwork({ logs }: Cluster): Promise<PrivateNetwork> {
  if (logs === undefined) throw new Error('this needs a cluster of our own');
  const [, index = ''] = /-(\d+)$/.exec(basename(dirname(logs))) ?? [];
  const env = { ...process.env, COFFERDAM_CLUSTER_INDEX: index };
  const all = [...PRIVATE_ADDRESSES, REDIRECTOR.address];
  const add = all.map((address) => `ip address add ${address}/32 dev lo`);
  await run(INSIDE, ['sh', '-c', add.join(' && ')], { env });
  const listener = spawn(INSIDE, [process.execPath, '-e', LISTENER], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const connected: string[] = [];
  const lines = createInterface(listener.stdout);
  await once(lines, 'line');
  lines.on('line', (address) => connected.push(address));
  return {
    connected,
    async [Symbol.asyncDispose]() {
      const exited = once(listener, 'exit');
      listener.kill('SIGKILL');
      await exited;
    },
  };
}
