import type { Contender } from '../contender.ts';
import { httpContender } from '../http-client.ts';
import { startServer } from '../server-process.ts';
import { BODY, INPUT } from '../workload.ts';
import { createRequire } from 'node:module';

const HERE = new URL('../servers/', import.meta.url);
const require = createRequire(import.meta.url);

export async function fastifyIsolatedVm(): Promise<Contender> {
  const server = await startServer(process.execPath, ['fastify-isolated-vm.ts'], {
    cwd: HERE,
    ready: /http:\S+/,
  });
  return httpContender({
    name: 'isolated-vm behind fastify',
    about: 'the same behind a fastify route, one process, no other limit than `timeout`',
    url: `${server.ready}/execute`,
    body: { code: BODY, input: INPUT },
    stop: server.stop,
  });
}

export async function workerdLoader(): Promise<Contender> {
  const workerd = require.resolve('workerd/bin/workerd');
  const args = ['serve', '--experimental', 'config.capnp', '--control-fd=1'];
  const server = await startServer(workerd, args, {
    cwd: new URL('workerd/', HERE),
    ready: /\{.*\}/,
  });
  const { port } = JSON.parse(server.ready) as { port: number };
  return httpContender({
    name: 'workerd Worker Loader',
    about: 'one fresh dynamic worker for each request over HTTP',
    url: `http://127.0.0.1:${port}/`,
    body: { code: BODY, input: INPUT },
    stop: server.stop,
  });
}
