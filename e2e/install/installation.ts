import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { run } from '../cluster/command.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHART = join(ROOT, 'charts/cofferdam');
const IMAGES = join(ROOT, 'dist/e2e/images');

/** Built with the others; 500 MB that only the tests of browsers import. */
export const BROWSER_ARCHIVE = join(IMAGES, 'cofferdam-browser.tar');

export const RELEASE = 'cofferdam';
export const NAMESPACE = 'cofferdam';
export const RUNNERS = 'cofferdam-runners';
/** The namespace of a caller with the right to run. */
export const TENANT = 'home';

/** Where a failure leaves logs, events and resources. */
export const FAILURES = join(ROOT, 'dist/e2e/failures');

/** The user of both images. */
const IMAGE_USER = 65_532;

/** Values of every installation of the tests: nothing is pulled, and rate limits are not what is tested. */
const VALUES = [
  'images.pullPolicy=Never',
  'gateway.settings.rateLimit=0',
  'gateway.drainSeconds=15',
  'pools.default.warm.spare=1',
  'pools.default.resources.requests.cpu=50m',
];

/** `name=value` for Helm; some values are only known when there is a cluster. */
export type Value = string | ((cluster: Cluster) => string);

/** Cofferdam on a cluster, as `helm install` makes it. */
export interface Installation {
  readonly cluster: Cluster;
  /** The gateway's Service. */
  readonly url: string;
  kubectl(...args: string[]): Promise<string>;
  apply(yaml: string): Promise<string>;
  helm(...args: string[]): Promise<string>;
  /** A token of a service account in the namespace that may run and read there. */
  token(namespace?: string): Promise<string>;
  /** Installs another version or other values; waits until it is rolled out. */
  upgrade(...values: string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Builds an image's archive, or takes the one that is current; answers where it is. */
export async function buildImages(tag?: string): Promise<string[]> {
  const output = tag === undefined ? IMAGES : join(IMAGES, tag);
  await mkdir(output, { recursive: true });
  const args = ['scripts/images.ts', '--engine', 'buildah', '--output', output];
  await run('node', tag === undefined ? args : [...args, '--tag', tag], { cwd: ROOT });
  return ['cofferdam-runner', 'cofferdam'].map((name) => join(output, `${name}.tar`));
}

/** A cluster with the images of this checkout, and the chart on it. */
export async function install(...values: Value[]): Promise<Installation> {
  const [archives, cluster] = await Promise.all([buildImages(), startCluster()]);
  try {
    for (const archive of archives) {
      // eslint-disable-next-line no-await-in-loop -- one disk
      await cluster.importImage(archive);
    }
    const known = values.map((value) => (typeof value === 'string' ? value : value(cluster)));
    return await installOn(cluster, known);
  } catch (error) {
    await cluster.dumpDiagnostics(join(FAILURES, 'install')).catch(() => {});
    await cluster.stop();
    throw error;
  }
}

async function installOn(cluster: Cluster, values: readonly string[]): Promise<Installation> {
  const { env } = cluster;
  const helm = (...args: string[]) => run('helm', args, { env, cwd: ROOT });
  const kubectl = (...args: string[]) => cluster.kubectl(args);
  const flags = (more: readonly string[]) =>
    [...VALUES, ...more].flatMap((value) => ['--set', value]);
  const release = [RELEASE, CHART, '-n', NAMESPACE, '--wait', '--timeout', '3m'];
  const folder = await volume(cluster);
  await helm('install', ...release, '--create-namespace', ...flags(values));
  const address = await kubectl(
    ...['get', 'service', `${RELEASE}-gateway`, '-n', NAMESPACE],
    ...['-o', 'jsonpath={.spec.clusterIP}'],
  );
  await tenant(cluster, TENANT);
  return {
    cluster,
    url: `http://${address.trim()}`,
    kubectl,
    helm,
    apply: (yaml) => cluster.kubectl(['apply', '-f', '-'], yaml),
    token: async (namespace = TENANT) =>
      (await kubectl('create', 'token', 'caller', '-n', namespace)).trim(),
    upgrade: async (...more) => {
      await helm('upgrade', ...release, ...flags([...values, ...more]));
    },
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** The node has no storage class: the gateway's volume is a folder of the machine. */
async function volume(cluster: Cluster): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-data-'));
  await chown(folder, IMAGE_USER, IMAGE_USER);
  await cluster.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'cofferdam-data' },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        hostPath: { path: folder, type: 'Directory' },
      },
    }),
  );
  return folder;
}

/** A namespace with an account that may run and read in it. */
export async function tenant(cluster: Cluster, namespace: string): Promise<void> {
  await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.kubectl(['create', 'serviceaccount', 'caller', '-n', namespace]);
  const edit = ['--clusterrole=edit', `--serviceaccount=${namespace}:caller`, '-n', namespace];
  await cluster.kubectl(['create', 'rolebinding', 'caller', ...edit]);
}
