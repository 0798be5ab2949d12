import { expect } from 'vitest';
import type { GatewayClient } from './gateway-client.ts';
import { NAMESPACE, RUNNERS, TENANT, type Installation } from './installation.ts';
import { read } from './resources.ts';

interface RunnerPod {
  metadata: { name: string; uid: string; annotations?: Record<string, string> };
  spec: { runtimeClassName?: string };
}

/** Runner pods by label: `cofferdam.dev/tenant=home`. */
export async function runnerPods(app: Installation, selector: string): Promise<RunnerPod[]> {
  return (await read(app, 'pods', '-n', RUNNERS, '-l', selector)).items;
}

/** The runner pods that belong to a namespace. */
export const boundTo = (app: Installation, namespace: string) =>
  runnerPods(app, `cofferdam.dev/tenant=${namespace}`);

/** For what of its tenant's a pod is, where its pool isolates more than tenants. */
export const scopeOf = ({ metadata }: RunnerPod) =>
  metadata.annotations?.['cofferdam.dev/scope'] ?? '';

/** A value of a Secret is in no status, no log, no record and no list. */
export async function expectNowhere(
  app: Installation,
  home: GatewayClient,
  { word, runId }: { word: string; runId: string },
): Promise<void> {
  const logs = ['operator', 'gateway', 'egress'].map((part) =>
    app.kubectl('logs', '-n', NAMESPACE, '--tail=-1', `deployment/cofferdam-${part}`),
  );
  const said = await Promise.all([
    app.kubectl('get', 'sandboxscripts,sandboxruns,sandboxpools,events', '-A', '-o', 'yaml'),
    app.kubectl('get', 'pods', '-n', RUNNERS, '-o', 'yaml'),
    ...logs,
    home.get('/v1/scripts').then(({ body }) => JSON.stringify(body)),
    home.get(`/v1/runs/${runId}`).then(({ body }) => JSON.stringify(body)),
  ]);
  expect(said.join('\n')).toContain(runId);
  expect(said.join('\n')).not.toContain(word);
}

interface ScheduledRun {
  trigger: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  scheduledAt?: number;
}

/** A script's scheduled runs on record; no time of the schedule has run twice. */
export async function scheduledRuns(home: GatewayClient, name: string): Promise<ScheduledRun[]> {
  const { body } = await home.get(`/v1/namespaces/${TENANT}/scripts/${name}/runs?limit=200`);
  const runs = (body.runs as ScheduledRun[]).filter(({ trigger }) => trigger === 'schedule');
  const times = runs.map(({ scheduledAt }) => scheduledAt);
  expect(new Set(times).size).toBe(times.length);
  return runs;
}

interface Script {
  metadata: { name: string };
  status?: { conditions: { type: string; status: string }[] };
}

/** What a condition of each script of a namespace says. */
export async function conditionsOf(
  app: Installation,
  type: string,
  namespace: string,
): Promise<Record<string, string>> {
  const { items } = await read(app, 'sbx', '-n', namespace);
  const statusOf = ({ status }: Script) =>
    status?.conditions.find((one) => one.type === type)?.status ?? 'absent';
  return Object.fromEntries((items as Script[]).map((one) => [one.metadata.name, statusOf(one)]));
}
