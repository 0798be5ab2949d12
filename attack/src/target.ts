import type { Engine } from '@cofferdam/protocol';
import { inject } from 'vitest';
import type { Answer } from '../../gateway/test/http-rig.ts';
import { startUp } from '../../e2e/docker/rig.ts';
import { Instance, type InstanceOptions } from '../../e2e/test/instance.ts';

/** What stands around the processes of engines: nothing, a container, a container in gVisor's kernel. */
export const TARGETS = ['process', 'runc', 'gvisor'] as const;
export type TargetName = (typeof TARGETS)[number];

/** `COFFERDAM_ATTACK_TARGET`: what `npm run attack` says with --target. Default: process. */
export const targetName: TargetName = readTarget(process.env.COFFERDAM_ATTACK_TARGET ?? 'process');

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the Docker engine listens that the global set-up has started for `runc` and `gvisor`. */
    dockerHost: string;
  }
}

export interface RunBody {
  code: string;
  [field: string]: unknown;
}

export interface RunOptions {
  /** Default: isolate. */
  engine?: Extract<Engine, 'isolate' | 'deno'>;
  /** The namespace. Default: `default`. */
  tenant?: string;
}

/** A real instance with walls of one kind. */
export class Target implements AsyncDisposable {
  readonly name = targetName;
  readonly instance: Instance;

  constructor(instance: Instance) {
    this.instance = instance;
  }

  get url(): string {
    return this.instance.url;
  }

  /** One run over HTTP; its answer is the run's result. */
  run(body: RunBody, { engine = 'isolate', tenant = 'default' }: RunOptions = {}): Promise<Answer> {
    const headers = { 'x-cofferdam-namespace': tenant };
    return this.instance.post(engine === 'deno' ? '/deno' : '/execute', body, headers);
  }

  /** Ends it in order; fails where that leaves something behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.instance[Symbol.asyncDispose]();
  }
}

/** Starts `cofferdam up` behind the walls of this run of the suites. */
export async function startTarget(options: InstanceOptions = {}): Promise<Target> {
  return new Target(await startInstance(options));
}

function startInstance(options: InstanceOptions): Promise<Instance> {
  if (targetName === 'process') return Instance.start(options);
  const args = [...(options.args ?? []), ...(targetName === 'runc' ? ['--allow-runc'] : [])];
  return startUp({ host: inject('dockerHost') }, { ...options, args });
}

function readTarget(text: string): TargetName {
  const found = TARGETS.find((each) => each === text);
  if (found) return found;
  throw new Error(`COFFERDAM_ATTACK_TARGET is one of ${TARGETS.join(', ')}, not '${text}'`);
}
