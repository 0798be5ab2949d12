import { basename } from 'node:path';
import type Docker from 'dockerode';
import { CofferdamError, type Layer } from '@cofferdam/protocol';
import type { ContainerPlan } from './container-spec.ts';
import { requireSeccomp, type EngineFacts, type EngineRuntime } from './engine-facts.ts';
import { probe } from './probe.ts';
import { runtimeVersion } from './runtime-version.ts';

/** What containers are started with, and what protects them, innermost first. */
export interface ChosenRuntime {
  runtime: string;
  layers: Layer[];
  /** Of gVisor, where it says so. */
  version?: string;
}

export interface RuntimeChoice {
  docker: Docker;
  facts: EngineFacts;
  /** Whether a container that shares the machine's kernel will do. */
  allowRunc: boolean;
  plan: Omit<ContainerPlan, 'runnerId' | 'env' | 'runtime'>;
  log: (message: string, details: Record<string, unknown>) => void;
}

const SHIM = 'io.containerd.runsc.v1';
const SNIPPET =
  '{"runtimes": {"runsc": {"path": "/usr/local/bin/runsc", "runtimeArgs": ["--host-uds=open"]}}}';
const OR_RUNC = 'or accept containers that share the kernel of this machine with --allow-runc';

/**
 * Chooses gVisor, after a container in it has dialled us; throws `INVALID_CONFIG` that says what is
 * missing, unless less will do.
 */
export async function chooseRuntime(choice: RuntimeChoice): Promise<ChosenRuntime> {
  const problem = await tryGvisor(choice);
  if (typeof problem !== 'string') return problem;
  if (!choice.allowRunc) throw new CofferdamError('INVALID_CONFIG', problem);
  choice.log('runners get no kernel of their own, as --allow-runc allows', { why: problem });
  return runc(choice);
}

/** The runtime, or a sentence on why there is none. */
async function tryGvisor({ docker, facts, plan }: RuntimeChoice): Promise<ChosenRuntime | string> {
  const runtime = gvisorOf(facts.Runtimes ?? {});
  if (runtime === undefined) {
    return `the Docker engine has no runtime runsc (gVisor): install gVisor, put ${SNIPPET} into /etc/docker/daemon.json and restart the engine, ${OR_RUNC}`;
  }
  const result = await probe(docker, { ...plan, runtime });
  if (result.dials === undefined) {
    return `a container of ${plan.image} does not start with the engine's runtime ${runtime}: ${result.lastWords}`;
  }
  if (!result.dials) {
    return `the engine's runtime ${runtime} lets no container dial a socket of this machine (${result.lastWords}): give it "runtimeArgs": ["--host-uds=open"] in /etc/docker/daemon.json, as in ${SNIPPET}, and restart the engine, ${OR_RUNC}`;
  }
  if (!result.ownKernel) {
    return `the engine's runtime ${runtime} is not gVisor: a container in it sees the kernel of this machine (${result.kernel})`;
  }
  const version = await runtimeVersion(facts.Runtimes?.[runtime]);
  return { runtime, layers: ['container', 'gvisor'], ...(version && { version }) };
}

/** The one named runsc, else one that is runsc by another name. */
function gvisorOf(runtimes: Record<string, EngineRuntime>): string | undefined {
  if (runtimes.runsc) return 'runsc';
  return Object.entries(runtimes).find(
    ([, { path, runtimeType }]) => basename(path ?? '') === 'runsc' || runtimeType === SHIM,
  )?.[0];
}

async function runc({ docker, facts, plan }: RuntimeChoice): Promise<ChosenRuntime> {
  requireSeccomp(facts);
  const result = await probe(docker, { ...plan, runtime: 'runc' });
  if (result.dials) return { runtime: 'runc', layers: ['container'] };
  throw new CofferdamError(
    'INVALID_CONFIG',
    `a container of ${plan.image} cannot start and dial this process: ${result.lastWords}`,
  );
}
