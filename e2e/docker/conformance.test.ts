import { afterAll, beforeAll, describe } from 'vitest';
import type { Layer } from '@cofferdam/protocol';
import type { DriverInstance } from '../conformance/instance.ts';
import { driverConformance } from '../conformance/suite.ts';
import { startTarget } from '../test/targets.ts';
import { processesOf, type Engine } from './dockerd.ts';
import { engineWithImage, gvisor, runnersOf, startUp } from './rig.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineWithImage();
}, 600_000);
afterAll(() => engine?.[Symbol.asyncDispose](), 60_000);

async function start(layers: Layer[], args: string[]): Promise<DriverInstance> {
  const target = await startTarget();
  const env = { ISOLATE_DRAIN_MS: '300' };
  const up = await startUp(engine, { env, args: ['--allow-private', '127.0.0.1/32', ...args] });
  const names = async () => (await runnersOf(engine)).map(({ Names }) => Names[0]!);
  return {
    url: up.url,
    layers,
    target: target.url,
    apply: (name, text) => up.write(`${name}.yaml`, text),
    killRunner: ({ runnerId }) => engine.docker.getContainer(`cofferdam-${runnerId}`).kill(),
    listRunners: names,
    async stop() {
      await up[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
    async leftovers() {
      const shims = await processesOf(`${engine.folder}/exec/containerd/daemon`);
      return [...(await names()), ...shims.map(String)];
    },
  };
}

describe('in gVisor', () => {
  beforeAll(async () => engine.setRuntimes(await gvisor()));
  driverConformance(() => start(['container', 'gvisor'], []));
});

// The same, without gVisor: what differs is gVisor's.
describe('in runc', () => {
  beforeAll(() => engine.setRuntimes({}));
  driverConformance(() => start(['container'], ['--allow-runc']));
});
