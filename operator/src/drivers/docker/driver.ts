import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { CofferdamError, type Layer } from '@cofferdam/protocol';
import { LocalDriver, type LocalDriverOptions } from '../local-driver.ts';
import { connectEngine } from './connection.ts';
import { OwnContainer, type ContainerEnd } from './container.ts';
import {
  containerSpec,
  DEFAULT_CONTAINER_LIMITS,
  type ContainerLimits,
  type ContainerPlan,
} from './container-spec.ts';
import { askEngine, requireLimits } from './engine-facts.ts';
import { instanceId } from './instance-id.ts';
import { INSTANCE_LABEL, removeLabelled } from './labelled.ts';
import { chooseRuntime, type ChosenRuntime } from './runtime.ts';
import { SharedFolder } from './shared-folder.ts';

/** All that the containers of an instance have in common. */
type RunnerPlan = Omit<ContainerPlan, 'runnerId' | 'env'> & ChosenRuntime;

export interface DockerDriverOptions extends LocalDriverOptions<ContainerEnd> {
  /** The engine's Unix socket: `unix:///var/run/docker.sock`. */
  engine: string;
  /** The runner's image; the engine must have it already. */
  image: string;
  /** Whether a container that shares the machine's kernel will do where there is no gVisor. */
  allowRunc: boolean;
  /** Unix sockets that the runner dials, in a folder that holds nothing else. */
  gatewayAddress: string;
  egressAddress: string;
  /** Where this instance keeps its data, and so the name of its containers. */
  dataDir: string;
  limits?: Partial<ContainerLimits>;
  /** More settings of its runners. */
  env?: Readonly<Record<string, string>>;
  log: (message: string, details: Record<string, unknown>) => void;
}

/**
 * Checks that the engine can hold a runner, ends what an earlier life of this instance left in it, and
 * is ready to start runners. Throws `INVALID_CONFIG` that says what the engine lacks.
 */
export async function openDockerDriver(options: DockerDriverOptions): Promise<DockerDriver> {
  const { engine, image, gatewayAddress, log, allowRunc } = options;
  const docker = await connectEngine(engine);
  const facts = await askEngine(docker, engine);
  requireLimits(facts);
  await requireImage(docker, image);
  const instance = await instanceId(options.dataDir);
  // A runner ends with the connection to whoever started it: none of an earlier life is of any use.
  const orphans = await removeLabelled(docker, { [INSTANCE_LABEL]: instance });
  if (orphans > 0) log('containers of an earlier start were removed', { containers: orphans });
  const folder = new SharedFolder(dirname(gatewayAddress));
  await folder.open();
  const limits = { ...DEFAULT_CONTAINER_LIMITS, ...options.limits };
  const plan = { image, instance, folder, limits };
  const chosen = await chooseRuntime({ docker, facts, allowRunc, plan, log });
  return new DockerDriver(options, docker, { ...plan, ...chosen });
}

/** Starts runners as containers of this machine's Docker engine. */
export class DockerDriver extends LocalDriver<ContainerEnd> {
  /** What protects its runners, beside their processes. */
  readonly layers: readonly Layer[];

  constructor(options: DockerDriverOptions, docker: Docker, plan: RunnerPlan) {
    const { gatewayAddress, egressAddress, env: more } = options;
    const { folder, layers, version } = plan;
    super(options, ({ runnerId, token }) => {
      const env = {
        COFFERDAM_GATEWAY: folder.inside(gatewayAddress),
        COFFERDAM_EGRESS: folder.inside(egressAddress),
        COFFERDAM_JOIN_TOKEN_FILE: '/dev/stdin',
        COFFERDAM_OUTER_LAYERS: layers.join(','),
        ...(version === undefined ? {} : { COFFERDAM_GVISOR_VERSION: version }),
        ...more,
      };
      const spec = containerSpec({ ...plan, runnerId, env });
      const prepare = () => folder.share(gatewayAddress, egressAddress);
      return new OwnContainer({ docker, spec, input: token, prepare });
    });
    this.layers = layers;
  }
}

async function requireImage(docker: Docker, image: string): Promise<void> {
  try {
    await docker.getImage(image).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    throw new CofferdamError(
      'INVALID_CONFIG',
      `the Docker engine has no image ${image}; build it with \`npm run images\`, load it with \`docker load\`, or name another with --runner-image`,
    );
  }
}
