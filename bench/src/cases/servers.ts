import type { Contender } from '../contender.ts';
import { postAndCheck } from '../http-client.ts';
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
  const url = `${server.ready}/execute`;
  const body = JSON.stringify({ code: BODY, input: INPUT });
  return {
    name: 'isolated-vm behind fastify',
    about: 'the same behind a fastify route, one process, no other limit than `timeout`',
    samples: 800,
    load: { url, body },
    once: () => postAndCheck(url, body),
    stop: server.stop,
  };
}

export async function workerdLoader(): Promise<Contender> {
  const workerd = require.resolve('workerd/bin/workerd');
  const args = ['serve', '--experimental', 'config.capnp', '--control-fd=1'];
  const server = await startServer(workerd, args, {
    cwd: new URL('workerd/', HERE),
    ready: /\{.*\}/,
  });
  const { port } = JSON.parse(server.ready) as { port: number };
  const url = `http://127.0.0.1:${port}/`;
  const body = JSON.stringify({ code: BODY, input: INPUT });
  return {
    name: 'workerd Worker Loader',
    about: 'one fresh dynamic worker for each request over HTTP',
    samples: 800,
    load: { url, body },
    once: () => postAndCheck(url, body),
    stop: server.stop,
  };
}
