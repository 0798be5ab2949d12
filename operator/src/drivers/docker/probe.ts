import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { release, version } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import { parser } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { containerSpec, type ContainerPlan } from './container-spec.ts';
import { OwnContainer } from './container.ts';

const SOCKET = 'probe.sock';
const PROBE_MS = 60_000;
const CANNOT_DIAL = 7;

/** Runs in a container like a runner's, before there is any guest: says which kernel it sees. */
const PROGRAM = `
const { release, version } = require('node:os');
require('node:net').connect(process.env.PROBE)
  .on('error', (error) => { process.stderr.write(error.code); process.exit(${CANNOT_DIAL}); })
  .end(JSON.stringify({ release: release(), version: version() }));`;

const text256 = Type.String({ maxLength: 256 });
const readKernel = parser(Type.Object({ release: text256, version: text256 }));

export type ProbeResult =
  /** It dialled our socket; `ownKernel` when it sees another kernel than ours. */
  | { dials: true; ownKernel: boolean; kernel: string }
  /** It ran and could not. */
  | { dials: false; lastWords: string }
  /** It did not run at all. */
  | { dials: undefined; lastWords: string };

/** Tries what a runner will do: start in this runtime, as hardened as it will be, and dial. */
export async function probe(
  docker: Docker,
  plan: Omit<ContainerPlan, 'runnerId' | 'env'>,
): Promise<ProbeResult> {
  const path = join(plan.folder.path, SOCKET);
  const answer = Promise.withResolvers<string>();
  const server = createServer((socket: Socket) => text(socket).then(answer.resolve, () => {}));
  server.listen(path);
  await once(server, 'listening');
  try {
    await plan.folder.share(path);
    return await run(docker, plan, { path, answer: answer.promise });
  } finally {
    server.close();
    await rm(path, { force: true });
  }
}

async function run(
  docker: Docker,
  plan: Omit<ContainerPlan, 'runnerId' | 'env'>,
  { path, answer }: { path: string; answer: Promise<string> },
): Promise<ProbeResult> {
  const spec = containerSpec({
    ...plan,
    runnerId: `probe-${randomUUID().slice(0, 13)}`,
    env: { PROBE: plan.folder.inside(path) },
    entrypoint: ['node', '--eval', PROGRAM],
  });
  const container = new OwnContainer({ docker, spec, input: '' });
  const timer = setTimeout(() => void container.stop(), PROBE_MS);
  const said = answer.then((words) => kernelOf(words));
  said.catch(() => {});
  const { code, lastWords } = await container.ended;
  clearTimeout(timer);
  if (code === 0) return said;
  return { dials: code === CANNOT_DIAL ? false : undefined, lastWords };
}

function kernelOf(words: string): ProbeResult {
  const kernel = readKernel(JSON.parse(words));
  const ownKernel = kernel.release !== release() || kernel.version !== version();
  return { dials: true, ownKernel, kernel: `${kernel.release} ${kernel.version}` };
}
