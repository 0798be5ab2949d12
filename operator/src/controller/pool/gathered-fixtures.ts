import { resolvePool, type SandboxPoolSpec } from '@cofferdam/protocol';
import type { Decision } from './decide.ts';
import type { Gathered, GatheredResource } from './gathered.ts';
import type { RunnerPod } from './runner-pod.ts';

export const NOW = Date.parse('2026-05-01T10:00:00Z');
export const EARLIER = '2026-04-30T00:00:00.000Z';
export const A = { owner: { tenant: 'a' } };
export const B = { owner: { tenant: 'b' } };

export const pool = (spec: SandboxPoolSpec = {}) =>
  resolvePool({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxPool',
    metadata: { name: 'home' },
    spec,
  });

export const resource = (over: Partial<GatheredResource> = {}): GatheredResource => ({
  generation: 3,
  pool: pool(),
  problems: [],
  runtimeClassName: 'gvisor',
  runtimeClass: 'present',
  template: 'now',
  ...over,
});

export const warm = (minimum: number, spare: number, maximum = 16) =>
  resource({ pool: pool({ warm: { minimum, spare, maximum } }) });

export const gathered = (over: Partial<Gathered> = {}): Gathered => ({
  now: NOW,
  name: 'home',
  resource: resource(),
  pods: [],
  unknown: 0,
  waiting: 0,
  createAt: 0,
  ...over,
});

export const pod = (name: string, over: Partial<RunnerPod> = {}): RunnerPod => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  createdAt: NOW - 60_000,
  livedMs: 0,
  template: 'now',
  stage: 'ready',
  ...over,
});
export const starting = (name: string, over: Partial<RunnerPod> = {}) =>
  pod(name, { stage: 'starting', createdAt: NOW - 1_000, ...over });

export const removed = ({ remove }: Decision) => remove.map((each) => each.pod.name);
export const retired = ({ retire }: Decision) => retire.map(({ name }) => name);
export const conditionOf = ({ status }: Decision, type: string) =>
  status?.conditions.find((each) => each.type === type);
export const ready = (decision: Decision) => conditionOf(decision, 'Ready');
