import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxScripts } from '@cofferdam/operator/kubernetes';
import { Audit } from './audit.ts';
import type { Stand } from './stand.ts';
import { isTrue } from './watched.ts';

/** Requests of ours under way at once, as `kubectl apply` of a large folder would not even do. */
const APPLIERS = 8;
/** Audit events are written a moment after the answer; what the operator still has to say follows too. */
const SETTLE_MS = 5_000;

export interface ManyScripts {
  count: number;
  /** Milliseconds until all were created, and until the last one was Ready. */
  applied: number;
  ready: number;
  /** Requests of the operator to the API server, by verb and resource. */
  requests: Record<string, number>;
  perScript: number;
}

/** Creates so many scripts, each with a source of its own, waits until all are Ready, and takes them away. */
export async function manyScripts(stand: Stand, count: number): Promise<ManyScripts> {
  const { client, scripts } = stand;
  const namespace = `many-${count}`;
  await stand.namespace(namespace);
  const audit = new Audit(stand);
  await sleep(SETTLE_MS);
  await audit.mark();
  const mine = () => scripts.list().filter(({ metadata }) => metadata.namespace === namespace);
  const began = performance.now();
  let next = 0;
  const applier = async () => {
    for (let index = next++; index < count; index = next++) {
      await client.create(sandboxScripts, {
        metadata: { name: `script-${index}`, namespace },
        spec: { source: { inline: `return ${index}` } },
      });
    }
  };
  await Promise.all(Array.from({ length: APPLIERS }, applier));
  const applied = performance.now() - began;
  const deadlineMs = 60_000 + count * 1_000;
  const all = () => mine().filter((script) => isTrue(script, 'Ready')).length === count;
  const ready = (await scripts.untilAll(all, deadlineMs)) - began;
  await sleep(SETTLE_MS);
  const requests = await audit.requests();
  const sum = Object.values(requests).reduce((total, one) => total + one, 0);
  await stand.installation.kubectl(
    ...['delete', 'sandboxscripts', '--all', '-n', namespace, '--wait=false'],
  );
  await scripts.untilAll(() => mine().length === 0, deadlineMs);
  return { count, applied, ready, requests, perScript: sum / count };
}
