import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

type Command = (...args: string[]) => Promise<string>;

/** What only the machine with the cluster on it can tell. */
interface Node {
  readonly logs: string;
  readonly inside: Command;
}

/**
 * Writes what the cluster can say of itself into a folder: every resource but Secrets, events, descriptions, pods'
 * logs and, where there are any, the components' own logs. What cannot be had is written down as the error it gave.
 */
export async function writeDiagnostics(
  folder: string,
  kubectl: Command,
  node?: Node,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const save = async (name: string, text: Promise<string>): Promise<void> => {
    await writeFile(
      path.join(folder, name),
      await text.catch((error: unknown) => `${String(error)}\n`),
    );
  };
  if (node !== undefined) {
    await cp(node.logs, path.join(folder, 'components'), { recursive: true });
    await save('nftables.txt', node.inside('nft', 'list', 'ruleset'));
    await save('processes.txt', node.inside('ps', 'axf'));
  }
  await save('events.txt', kubectl('get', 'events', '-A', '--sort-by=.lastTimestamp'));
  await save('pods.txt', kubectl('describe', 'pods', '-A'));
  await save('resources.yaml', resources(kubectl));
  await save(
    'dump.txt',
    kubectl('cluster-info', 'dump', '-A', `--output-directory=${folder}/pods`),
  );
  await save('previous.txt', previousLogs(kubectl));
}

async function resources(kubectl: Command): Promise<string> {
  const kinds = await kubectl('api-resources', '--verbs=list', '-o', 'name');
  const wanted = kinds
    .trim()
    .split('\n')
    .filter((kind) => kind !== 'secrets' && !kind.startsWith('events'));
  return kubectl('get', wanted.join(','), '-A', '--ignore-not-found', '-o', 'yaml');
}

interface PodList {
  items: {
    metadata: { name: string; namespace: string };
    status: { containerStatuses?: { name: string; restartCount: number }[] };
  }[];
}

/** What containers said before they were started again. */
async function previousLogs(kubectl: Command): Promise<string> {
  const pods = JSON.parse(await kubectl('get', 'pods', '-A', '-o', 'json')) as PodList;
  let text = '';
  for (const { metadata, status } of pods.items) {
    for (const container of status.containerStatuses ?? []) {
      if (container.restartCount === 0) continue;
      const of = [metadata.name, '-n', metadata.namespace, '-c', container.name];
      const log = await kubectl('logs', '--previous', ...of).catch(String);
      text += `== ${metadata.namespace}/${metadata.name} ${container.name}\n${log}\n`;
    }
  }
  return text;
}
