import { join } from 'node:path';
import { ensureProgram, type LocalBase } from './base.ts';
import { cacheFolder } from './cache.ts';
import { run, works } from './command.ts';

export interface Build {
  /** `cofferdam-runner:0.1.0`; the first one names the archive's image. */
  tag: string;
  dockerfile: string;
  /** A folder that holds `build/staged`, as the Dockerfile's first stage would have made it. */
  staged: string;
  /** `linux/amd64` */
  platform: string;
  args: Readonly<Record<string, string>>;
}

/** What builds images from Dockerfiles. */
export interface Engine {
  /** Makes the image, of this platform, available as a base; false where it cannot be pulled. */
  pull(image: string, platform: string): Promise<boolean>;
  /** Answers the image's name. */
  importBase(base: LocalBase, platform: string): Promise<string>;
  build(build: Build): Promise<void>;
  /** Writes a Docker archive, as `docker load` and `ctr images import` read it. */
  save(tag: string, archive: string): Promise<void>;
}

export const ENGINES = ['buildah', 'docker'] as const;

/** The engine that was asked for; else Docker where its daemon answers, else buildah. */
export async function chooseEngine(wanted?: string): Promise<Engine> {
  if (wanted === 'docker') return new Docker();
  if (wanted === undefined && works('docker', ['info'])) return new Docker();
  await ensureProgram('buildah');
  return new Buildah();
}

const buildArgs = (args: Build['args']) =>
  Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);

/** Says what a failed pull would keep secret: that there is no registry, after seconds. */
const PULL_MS = 30_000;

async function pulled(program: string, args: string[]): Promise<boolean> {
  return run(program, args, { timeout: PULL_MS }).then(
    () => true,
    () => false,
  );
}

class Buildah implements Engine {
  async pull(image: string, platform: string): Promise<boolean> {
    return pulled('buildah', [
      'pull',
      '--quiet',
      '--policy=missing',
      '--platform',
      platform,
      image,
    ]);
  }

  async importBase({ archive, hash }: LocalBase, platform: string): Promise<string> {
    const name = `localhost/cofferdam-base:${hash}`;
    if (works('buildah', ['inspect', '--type', 'image', name])) return name;
    const container = (await run('buildah', ['from', '--platform', platform, 'scratch'])).trim();
    try {
      await run('buildah', ['add', '--quiet', container, archive, '/']);
      await run('buildah', ['commit', '--quiet', '--timestamp', '0', container, name]);
    } finally {
      await run('buildah', ['rm', container]);
    }
    return name;
  }

  /** `chroot` needs neither a runtime nor user namespaces, so it works in containers too. */
  async build({ tag, dockerfile, staged, platform, args }: Build): Promise<void> {
    const context = ['--build-context', `build=${staged}`, cacheFolder('empty')];
    const how = ['--isolation', 'chroot', '--layers', '--pull-never', '--platform', platform];
    const what = ['-f', dockerfile, '-t', qualified(tag), ...buildArgs(args)];
    await run('buildah', ['build', ...how, ...what, ...context]);
  }

  async save(tag: string, archive: string): Promise<void> {
    await run('buildah', ['push', '--quiet', qualified(tag), `docker-archive:${archive}:${tag}`]);
  }
}

/** The name that Docker and Kubernetes understand a short one as. */
function qualified(tag: string): string {
  return tag.includes('/') ? tag : `docker.io/library/${tag}`;
}

class Docker implements Engine {
  async pull(image: string, platform: string): Promise<boolean> {
    return (
      works('docker', ['image', 'inspect', image]) ||
      pulled('docker', ['pull', '--quiet', '--platform', platform, image])
    );
  }

  async importBase({ archive, hash }: LocalBase, platform: string): Promise<string> {
    const name = `cofferdam-base:${hash}`;
    if (works('docker', ['image', 'inspect', name])) return name;
    await run('docker', ['import', '--platform', platform, archive, name]);
    return name;
  }

  /** BuildKit takes a folder for a stage; the classic builder gets it as its context, and copies it. */
  async build({ tag, dockerfile, staged, platform, args }: Build): Promise<void> {
    const context = works('docker', ['buildx', 'version'])
      ? ['--build-context', `build=${staged}`, cacheFolder('empty')]
      : [join(staged, 'build')];
    const what = ['-f', dockerfile, '-t', tag, '--platform', platform, ...buildArgs(args)];
    await run('docker', ['build', '--quiet', ...what, ...context]);
  }

  async save(tag: string, archive: string): Promise<void> {
    await run('docker', ['save', '--output', archive, tag]);
  }
}
