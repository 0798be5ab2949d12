import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { processesOf } from '../../../e2e/install/host-processes.ts';
import { NAMESPACE } from '../../../e2e/install/installation.ts';
import { isRunner, tenantOf } from './first-result.ts';
import type { Stand } from './stand.ts';
import type { Seen } from './watched.ts';

export interface PodMemory {
  /** A component, or whose runner it is. */
  pod: string;
  processes: number;
  /** Proportional set size of all its processes on the machine, gVisor's own included. */
  pssMiB: number;
}

/** Every pod of the installation. */
export async function podMemories({ pods }: Stand): Promise<PodMemory[]> {
  const ours = pods.list().filter((pod) => isRunner(pod) || pod.metadata.namespace === NAMESPACE);
  const measured = await Promise.all(
    ours.map(async (pod) => ({ pod: nameOf(pod), ...(await memoryOf(pod.metadata.uid ?? '')) })),
  );
  return measured
    .filter(({ processes }) => processes > 0)
    .sort((one, other) => one.pod.localeCompare(other.pod));
}

function nameOf(pod: Seen): string {
  const component = pod.metadata.labels?.['app.kubernetes.io/component'] ?? pod.metadata.name;
  if (!isRunner(pod)) return component;
  return tenantOf(pod) === undefined ? 'runner, spare' : `runner of ${tenantOf(pod)}`;
}

async function memoryOf(uid: string): Promise<{ processes: number; pssMiB: number }> {
  const processes = await processesOf(uid);
  // gVisor's stubs are processes that share an address space: each reports all of it.
  const spaces = new Map<string, number>();
  for (const { pid } of processes) {
    const [maps, rollup] = await Promise.all(
      ['maps', 'smaps_rollup'].map((file) =>
        readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => ''),
      ),
    );
    const pss = /^Pss:\s+(\d+) kB/m.exec(rollup!);
    if (pss) spaces.set(hash('sha256', maps!), Number(pss[1]) / 1024);
  }
  const pssMiB = [...spaces.values()].reduce((sum, one) => sum + one, 0);
  return { processes: processes.length, pssMiB };
}
