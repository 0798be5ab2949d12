import { readFile } from 'node:fs/promises';
import { descendants, isRunning } from '../../cli/test/cofferdam-process.ts';
import { send } from '../../gateway/test/http-rig.ts';
import type { DriverInstance } from '../conformance/instance.ts';
import { driverConformance } from '../conformance/suite.ts';
import { Instance } from './instance.ts';
import { startTarget } from './targets.ts';

async function start(): Promise<DriverInstance> {
  const target = await startTarget();
  const up = await Instance.start({
    env: { ISOLATE_DRAIN_MS: '300' },
    args: ['--allow-private', '127.0.0.1/32'],
  });
  const everything = new Set<number>();
  return {
    url: up.url,
    layers: [],
    target: target.url,
    apply: (name, text) => up.write(`${name}.yaml`, text),
    async killRunner({ tenant }) {
      // A Deno process of the runner knows whose child it is.
      const headers = { 'content-type': 'application/json', 'x-cofferdam-namespace': tenant };
      const ask = JSON.stringify({ code: 'return Deno.ppid' });
      const { body } = await send(`${up.url}/deno`, { method: 'POST', headers }, ask);
      process.kill(body.result, 'SIGKILL');
    },
    listRunners: async () => (await up.processesOf('runner')).map(String),
    async stop() {
      for (const pid of await descendants(up.process.pid)) everything.add(pid);
      await up[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
    async leftovers() {
      const left = await Promise.all([...everything].map(isRunning));
      const living = [...everything].filter((_, index) => left[index]);
      return Promise.all(living.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
    },
  };
}

driverConformance(start);
