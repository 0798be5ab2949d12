import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerInfo } from 'dockerode';
import { build, buildFolder } from '../cluster/build.ts';
import { run } from '../cluster/command.ts';
import { Instance, type InstanceOptions } from '../test/instance.ts';
import { startEngine, type Engine, type Runtime } from './dockerd.ts';

const ROOT = join(import.meta.dirname, '../..');
export const IMAGE = 'cofferdam-runner:e2e';
export const RUNNER_LABEL = 'cofferdam.dev/runner';
export const INSTANCE_LABEL = 'cofferdam.dev/instance';

/** As docs/docker.md has it; systrap is gVisor's default platform and needs no KVM. */
export async function gvisor(): Promise<Record<string, Runtime>> {
  const path = await runscPath();
  return { runsc: { path, runtimeArgs: ['--host-uds=open', '--platform=systrap'] } };
}

/** gVisor without the flag that lets a container dial a socket of the machine. */
export async function closedGvisor(): Promise<Record<string, Runtime>> {
  return { runsc: { path: await runscPath(), runtimeArgs: ['--platform=systrap'] } };
}

async function runscPath(): Promise<string> {
  const path = join(buildFolder(), 'bin/runsc');
  if (!existsSync(path)) await build();
  return path;
}

/** An engine with gVisor and the runner's image. */
export async function engineWithImage(): Promise<Engine> {
  const engine = await startEngine(await gvisor());
  try {
    const loading = await engine.docker.loadImage(await runnerArchive());
    await new Promise((resolve, reject) => {
      engine.docker.modem.followProgress(loading, (error, output) =>
        error ? reject(error) : resolve(output),
      );
    });
    const [loaded] = await engine.docker.listImages();
    if (!loaded) throw new Error('the archive holds no image');
    const [repo, tag] = IMAGE.split(':') as [string, string];
    await engine.docker.getImage(loaded.Id).tag({ repo, tag });
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** Built from the sources as they are, unless COFFERDAM_RUNNER_ARCHIVE names one. */
async function runnerArchive(): Promise<string> {
  const given = process.env.COFFERDAM_RUNNER_ARCHIVE;
  if (given) return given;
  const output = join(ROOT, 'dist/images');
  const script = join(ROOT, 'scripts/images.ts');
  await run(process.execPath, [script, '--only', 'cofferdam-runner', '--output', output]);
  return join(output, 'cofferdam-runner.tar');
}

export function startUp(
  engine: Pick<Engine, 'host'>,
  options: InstanceOptions = {},
): Promise<Instance> {
  const args = ['--driver', 'docker', '--docker-host', engine.host, '--runner-image', IMAGE];
  return Instance.start({ ...options, args: [...args, ...(options.args ?? [])] });
}

/** Runners' containers, whether they run or not. */
export async function runnersOf({ docker }: Engine): Promise<ContainerInfo[]> {
  return docker.listContainers({ all: true, filters: { label: [RUNNER_LABEL] } });
}
