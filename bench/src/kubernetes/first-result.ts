import { sandboxRuns, sandboxScripts, pods } from '@cofferdam/operator/kubernetes';
import { RUNNERS } from '../../../e2e/install/installation.ts';
import { HOME, type Stand } from './stand.ts';
import { isTrue, type Seen } from './watched.ts';

/** What takes no time by itself, so that all that is measured is ours; each a text that nobody has compiled yet. */
const sourceOf = (key: string) => ({ inline: `return 1 // ${key}` });

/** Milliseconds from a SandboxRun's creation until a watch shows it Complete. */
async function firstRun(stand: Stand, namespace: string, name: string): Promise<number> {
  const { client, runs } = stand;
  const began = performance.now();
  await client.create(sandboxRuns, {
    metadata: { name, namespace },
    spec: { script: { source: sourceOf(`run ${namespace}/${name}`) } },
  });
  return (await runs.until(`${namespace}/${name}`, (run) => isTrue(run, 'Complete'))) - began;
}

/**
 * Milliseconds from a SandboxScript's creation until a run of it, asked of the gateway as soon as a watch shows
 * the script Ready, has answered; and how many of them went by until it was Ready.
 */
async function firstOfScript(
  stand: Stand,
  namespace: string,
  name: string,
): Promise<{ total: number; ready: number }> {
  const { client, scripts } = stand;
  const began = performance.now();
  await client.create(sandboxScripts, {
    metadata: { name, namespace },
    spec: { source: sourceOf(`${namespace}/${name}`) },
  });
  const ready = await scripts.until(`${namespace}/${name}`, (script) => isTrue(script, 'Ready'));
  const answer = await stand.post(
    namespace,
    `/v1/namespaces/${namespace}/scripts/${name}/runs`,
    {},
  );
  const total = performance.now() - began;
  if (answer.result !== 1) throw new Error(`${name} answered ${JSON.stringify(answer)}`);
  return { total, ready: ready - began };
}

export interface FirstResults {
  /** Milliseconds each. */
  run: number[];
  script: number[];
  /** Of `script`: until it was Ready. */
  ready: number[];
}

/** The tenant has a runner. */
export async function boundFirstResults(stand: Stand, samples: number): Promise<FirstResults> {
  const results: FirstResults = { run: [], script: [], ready: [] };
  await firstRun(stand, HOME, 'warm');
  for (let index = 0; index < samples; index++) {
    results.run.push(await firstRun(stand, HOME, `bound-${index}`));
    const { total, ready } = await firstOfScript(stand, HOME, `bound-${index}`);
    results.script.push(total);
    results.ready.push(ready);
  }
  return results;
}

/** Each time another tenant, who has no runner; the pool has a spare one. */
export async function unboundFirstResults(stand: Stand, samples: number): Promise<FirstResults> {
  const results: FirstResults = { run: [], script: [], ready: [] };
  for (let index = 0; index < samples; index++) {
    const tenant = `unbound-${index}`;
    await stand.namespace(`${tenant}-run`);
    await stand.namespace(`${tenant}-script`);
    await spareReady(stand);
    results.run.push(await firstRun(stand, `${tenant}-run`, 'first'));
    await release(stand, `${tenant}-run`);
    await spareReady(stand);
    const { total, ready } = await firstOfScript(stand, `${tenant}-script`, 'first');
    results.script.push(total);
    results.ready.push(ready);
    await release(stand, `${tenant}-script`);
  }
  return results;
}

export const isRunner = ({ metadata }: Seen) => metadata.namespace === RUNNERS;
export const tenantOf = ({ metadata }: Seen) => metadata.labels?.['cofferdam.dev/tenant'];

/** When a runner pod of nobody is ready, and no other one starts beside what is measured. */
async function spareReady({ pods: seen }: Stand): Promise<void> {
  await seen.untilAll((all) => {
    const free = all.filter((pod) => isRunner(pod) && tenantOf(pod) === undefined);
    return free.length > 0 && free.every((pod) => isTrue(pod, 'Ready'));
  });
}

/** Lets a tenant's runner go: the pool has room for the next one. */
export async function release({ client, pods: seen }: Stand, tenant: string): Promise<void> {
  const mine = (pod: Seen) => isRunner(pod) && tenantOf(pod) === tenant;
  await Promise.all(
    seen
      .list()
      .filter(mine)
      .map(({ metadata: { name } }) =>
        client.delete(pods, { namespace: RUNNERS, name }, { gracePeriodSeconds: 0 }),
      ),
  );
  await seen.untilAll((all) => !all.some(mine));
}
