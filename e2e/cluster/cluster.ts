import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, environment, script } from './build.ts';
import { run, type CommandOptions } from './command.ts';
import { writeDiagnostics } from './diagnostics.ts';

export interface ClusterOptions {
  /** Enforce NetworkPolicies; true unless told otherwise. */
  readonly policy?: boolean;
}

/** A Kubernetes to test against: one of our own, or the one that KUBECONFIG named. */
export interface Cluster {
  readonly kubeconfig: string;
  /** Environment for child processes: KUBECONFIG, and PATH with the cluster's kubectl, helm and ctr. */
  readonly env: NodeJS.ProcessEnv;
  /** The address under which pods reach a server of the test, when it listens on all addresses. */
  readonly hostAddress: string;
  /** The folder with the components' logs and `audit.log` (one JSON event a line); none of a foreign cluster. */
  readonly logs?: string;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Makes a docker archive's images known to the node; pods use them with `imagePullPolicy: Never`. */
  importImage(archive: string): Promise<void>;
  /** Ends a component of our own cluster (`kubelet`, `kube-proxy`, `etcd`…) and starts it again. */
  restart(component: string, signal?: 'TERM' | 'KILL'): Promise<void>;
  /** Kills the API server and waits until another one is ready. Watches break; no state is lost. */
  restartApiServer(): Promise<void>;
  dumpDiagnostics(folder: string): Promise<void>;
  /** Ends our own cluster without a trace; leaves a foreign one alone. */
  stop(): Promise<void>;
}

/**
 * Starts a single-node Kubernetes with a RuntimeClass `gvisor`, in about 7 s once it is built; several can run side by
 * side. It ends with this process at the latest. With KUBECONFIG set it uses that cluster and starts nothing; images
 * are then imported by the command in COFFERDAM_IMAGE_IMPORT, which is given the archive's path.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const named = process.env['KUBECONFIG'];
  return named === undefined || named === ''
    ? ownCluster(await build(), options)
    : foreignCluster(named);
}

async function ownCluster(folder: string, options: ClusterOptions): Promise<Cluster> {
  const env = {
    ...process.env,
    COFFERDAM_CLUSTER_BUILD: folder,
    COFFERDAM_CLUSTER_OWNER: String(process.pid),
    COFFERDAM_CLUSTER_POLICY: (options.policy ?? true) ? 'on' : 'off',
  };
  const index = (await run(script('claim.sh'), [], { env })).trim();
  const state = path.join(tmpdir(), `cofferdam-cluster-${index}`);
  const within: CommandOptions = { env: { ...env, COFFERDAM_CLUSTER_INDEX: index } };
  const shared = common(path.join(state, 'admin.kubeconfig'), environment(folder));
  const logs = path.join(state, 'log');
  const restart = async (component: string, signal = 'TERM'): Promise<void> => {
    await run(script('restart.sh'), [component, signal], within);
  };
  return {
    ...shared,
    logs,
    hostAddress: `10.${200 + Number(index)}.0.1`,
    importImage: async (archive) => {
      const at = ['-a', path.join(state, 'containerd.sock'), '-n', 'k8s.io'];
      await run('ctr', [...at, 'images', 'import', archive], { env: shared.env });
    },
    restart,
    restartApiServer: async () => {
      await restart('kube-apiserver', 'KILL');
      await until(async () => shared.kubectl(['get', '--raw', '/readyz']));
    },
    dumpDiagnostics: async (into) =>
      writeDiagnostics(into, async (...args) => shared.kubectl(args), {
        logs,
        inside: async (...command) => run(script('inside.sh'), command, within),
      }),
    stop: async () => {
      await run(script('down.sh'), [], within);
    },
  };
}

function foreignCluster(kubeconfig: string): Cluster {
  // Its kubectl and helm are those of whoever named it.
  const shared = common(kubeconfig, process.env);
  const refuse = async (): Promise<never> => {
    throw new Error('the cluster that KUBECONFIG names is not ours to restart');
  };
  return {
    ...shared,
    hostAddress: process.env['COFFERDAM_HOST_ADDRESS'] ?? firstAddress(),
    importImage: async (archive) => {
      const command = process.env['COFFERDAM_IMAGE_IMPORT'];
      if (command !== undefined) await run('sh', ['-c', `${command} "$1"`, 'sh', archive]);
    },
    restart: refuse,
    restartApiServer: refuse,
    dumpDiagnostics: async (into) =>
      writeDiagnostics(into, async (...args) => shared.kubectl(args)),
    stop: async () => undefined,
  };
}

function common(
  kubeconfig: string,
  base: NodeJS.ProcessEnv,
): Pick<Cluster, 'kubeconfig' | 'env' | 'kubectl'> {
  const env = { ...base, KUBECONFIG: kubeconfig };
  return {
    kubeconfig,
    env,
    kubectl: async (args, input) =>
      run('kubectl', args, { env, ...(input === undefined ? {} : { input }) }),
  };
}

function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find((address) => address.family === 'IPv4' && !address.internal);
  if (found === undefined)
    throw new Error('no address of this machine for pods: set COFFERDAM_HOST_ADDRESS');
  return found.address;
}

/** Tries every 100 ms until it succeeds; after a minute with the last failure. */
async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = 600; ; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}
