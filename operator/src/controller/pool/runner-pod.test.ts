import type { RunnerReport } from '@cofferdam/protocol';
import { expect, it, test } from 'vitest';
import type { Pod, PodStatus } from '../../kubernetes/index.ts';
import { readRunnerPod } from './runner-pod.ts';

const pod = (status: PodStatus = {}, metadata: object = {}): Pod => ({
  metadata: { name: 'x', uid: 'uid', resourceVersion: '7', ...metadata },
  spec: { containers: [] },
  status,
});
const joined = (status: 'True' | 'False') => ({ type: 'cofferdam.dev/Joined', status });
const report = (over: Partial<RunnerReport> = {}): RunnerReport => ({
  runnerId: 'x',
  works: true,
  ready: true,
  layers: [],
  versions: {},
  ...over,
});
const waiting = (reason: string): PodStatus => ({
  phase: 'Pending',
  containerStatuses: [
    {
      name: 'runner',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason, message: 'why' } },
    },
  ],
});

test.each([
  { what: 'nothing is known', of: pod(), stage: 'starting' },
  { what: 'it runs and nobody has looked', of: pod({ phase: 'Running' }), stage: 'starting' },
  { what: 'its gate is open', of: pod({ conditions: [joined('True')] }), stage: 'ready' },
  { what: 'its gate is shut', of: pod({ conditions: [joined('False')] }), stage: 'joined' },
  {
    what: 'it has failed',
    of: pod({ phase: 'Failed', conditions: [joined('True')] }),
    stage: 'ended',
  },
  { what: 'it is done', of: pod({ phase: 'Succeeded' }), stage: 'ended' },
  { what: 'it is deleted', of: pod({}, { deletionTimestamp: 'now' }), stage: 'leaving' },
])('$what: $stage', ({ of, stage }) => {
  expect(readRunnerPod(of).stage).toBe(stage);
});

it('believes a report sooner than a gate that is yet to be written', () => {
  expect(readRunnerPod(pod(), report()).stage).toBe('ready');
  expect(readRunnerPod(pod({ conditions: [joined('True')] }), report({ ready: false })).stage).toBe(
    'joined',
  );
  expect(readRunnerPod(pod({ phase: 'Failed' }), report()).stage).toBe('ended');
});

it('reads the owner from the label and its scope from the annotation', () => {
  const owned = { labels: { 'cofferdam.dev/tenant': 'team-a' } };
  expect(readRunnerPod(pod()).owner).toBeUndefined();
  expect(readRunnerPod(pod({}, owned)).owner).toEqual({ tenant: 'team-a' });
  const scoped = { ...owned, annotations: { 'cofferdam.dev/scope': 's' } };
  expect(readRunnerPod(pod({}, scoped)).owner).toEqual({ tenant: 'team-a', scope: 's' });
});

it('tells what the kubelet and the scheduler have to say, and no more', () => {
  expect(readRunnerPod(pod(waiting('ErrImageNeverPull'))).trouble).toEqual({
    reason: 'ErrImageNeverPull',
    message: 'why',
  });
  expect(readRunnerPod(pod(waiting('ContainerCreating'))).trouble).toBeUndefined();
  const conditions = [
    { type: 'PodScheduled', status: 'False' as const, reason: 'Unschedulable', message: '0/1' },
  ];
  expect(readRunnerPod(pod({ conditions })).trouble).toEqual({
    reason: 'Unschedulable',
    message: '0/1',
  });
  expect(
    readRunnerPod(pod({ phase: 'Failed', reason: 'Evicted', message: 'disk' })).trouble,
  ).toEqual({
    reason: 'Evicted',
    message: 'disk',
  });
});

it('tells how a process ended and how long it lived', () => {
  const terminated = {
    exitCode: 137,
    reason: 'OOMKilled',
    startedAt: '2026-05-01T10:00:00Z',
    finishedAt: '2026-05-01T10:00:04Z',
  };
  const ended = pod({
    phase: 'Failed',
    containerStatuses: [{ name: 'runner', ready: false, restartCount: 0, state: { terminated } }],
  });
  expect(readRunnerPod(ended)).toMatchObject({
    livedMs: 4_000,
    trouble: { reason: 'RunnerEnded', message: 'exit code 137 (OOMKilled)' },
  });
  expect(readRunnerPod(pod({ phase: 'Failed' })).livedMs).toBe(0);
  expect(readRunnerPod(pod({ phase: 'Failed', conditions: [joined('True')] })).livedMs).toBe(
    Infinity,
  );
});
