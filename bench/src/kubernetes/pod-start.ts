import { sandboxRuns } from '@cofferdam/operator/kubernetes';
import { isRunner, release, tenantOf } from './first-result.ts';
import type { Stand } from './stand.ts';
import { isTrue, type Seen } from './watched.ts';

/** A pool that keeps nothing warm. */
const POOL = JSON.stringify({
  apiVersion: 'cofferdam.dev/v1alpha1',
  kind: 'SandboxPool',
  metadata: { name: 'cold' },
  spec: {
    warm: { minimum: 0, spare: 0, maximum: 4 },
    resources: { requests: { cpu: '50m', memory: '256Mi' } },
  },
});
const TENANT = 'cold';

export interface PodStarts {
  /** Milliseconds from the pod's appearance in a watch until it is Ready: it has joined and executed something. */
  ready: number[];
  /** From the pod's appearance until the run that it was made for is Complete. */
  firstRun: number[];
  /** From that run's creation. */
  whole: number[];
}

/** A run of a tenant without a runner in a pool without a spare one: its pod is made for it. */
export async function podStarts(stand: Stand, samples: number): Promise<PodStarts> {
  const { client, installation, pods, runs } = stand;
  await installation.apply(POOL);
  await stand.namespace(TENANT);
  const starts: PodStarts = { ready: [], firstRun: [], whole: [] };
  for (let index = 0; index < samples; index++) {
    const name = `cold-${index}`;
    const isNew = (pod: Seen) =>
      isRunner(pod) && pod.metadata.labels?.['cofferdam.dev/pool'] === 'cold';
    const began = performance.now();
    await client.create(sandboxRuns, {
      metadata: { name, namespace: TENANT },
      spec: { script: { source: { inline: 'return 1' }, poolRef: 'cold' } },
    });
    const created = await pods.untilAll((all) => all.some(isNew));
    const [ready, complete] = await Promise.all([
      pods.untilAll((all) => all.some((pod) => isNew(pod) && isTrue(pod, 'Ready'))),
      runs.until(`${TENANT}/${name}`, (run) => isTrue(run, 'Complete')),
    ]);
    starts.ready.push(ready - created);
    starts.firstRun.push(complete - created);
    starts.whole.push(complete - began);
    await pods.untilAll((all) => all.some((pod) => isNew(pod) && tenantOf(pod) === TENANT));
    await release(stand, TENANT);
  }
  return starts;
}
