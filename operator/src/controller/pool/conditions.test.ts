import type { PoolStatus } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { OPEN_MS, TROUBLE_MS } from './conditions.ts';
import { decide, type Decision } from './decide.ts';
import {
  A,
  EARLIER,
  NOW,
  pool,
  resource,
  warm,
  gathered,
  pod,
  starting,
  conditionOf,
  ready,
} from './gathered-fixtures.ts';
import type { RunnerPod } from './runner-pod.ts';

describe('Ready', () => {
  const { template: _, ...untemplated } = resource();

  it('is there at the first look, with the generation', () => {
    const decision = decide(gathered());
    expect(ready(decision)).toMatchObject({ status: 'Unknown', reason: 'Starting' });
    expect(conditionOf(decision, 'EgressClosed')).toMatchObject({
      status: 'Unknown',
      reason: 'NotProbed',
    });
    expect(decision.status).toMatchObject({ observedGeneration: 3, templateHash: 'now' });
    expect(decision.status?.conditions.every((each) => each.observedGeneration === 3)).toBe(true);
  });

  it('says what is wrong with the pool', () => {
    const problems = [{ path: 'spec.idleTime', message: 'must be at least 1s' }];
    const of = { ...untemplated, pool: undefined, problems };
    expect(ready(decide(gathered({ resource: of })))).toMatchObject({
      status: 'False',
      reason: 'InvalidSpec',
      message: 'spec.idleTime: must be at least 1s',
    });
  });

  it('names a RuntimeClass that is missing, and does not claim it before it could look', () => {
    const missing = ready(
      decide(gathered({ resource: { ...untemplated, runtimeClass: 'missing' } })),
    );
    expect(missing).toMatchObject({ status: 'False', reason: 'RuntimeClassMissing' });
    expect(missing?.message).toContain('gvisor');
    const unknown = ready(
      decide(gathered({ resource: { ...untemplated, runtimeClass: 'unknown' } })),
    );
    expect(unknown).toMatchObject({ status: 'Unknown', reason: 'RuntimeClassUnknown' });
  });

  it("is true with a ready pod, anybody's, and for a pool that makes pods on demand", () => {
    expect(ready(decide(gathered({ pods: [pod('x')] })))).toMatchObject({
      status: 'True',
      reason: 'Available',
    });
    expect(ready(decide(gathered({ pods: [pod('x', A)] })))).toMatchObject({ status: 'True' });
    expect(ready(decide(gathered({ resource: warm(0, 0) })))).toMatchObject({
      status: 'True',
      reason: 'OnDemand',
    });
    expect(ready(decide(gathered({ resource: warm(0, 0), waiting: 1 })))).toMatchObject({
      status: 'Unknown',
    });
  });

  const trouble = { reason: 'ErrImageNeverPull', message: 'image is not present' };

  it('says why the first pod does not start, once it had a moment to', () => {
    const look = (age: number) =>
      decide(gathered({ pods: [starting('x', { trouble, createdAt: NOW - age })] }));
    expect(ready(look(TROUBLE_MS - 1))).toMatchObject({ status: 'Unknown', reason: 'Starting' });
    expect(look(TROUBLE_MS - 1).lookAgainAt).toBe(NOW + 1);
    expect(ready(look(TROUBLE_MS))).toMatchObject({ status: 'False', reason: 'ErrImageNeverPull' });
    expect(ready(look(TROUBLE_MS))?.message).toContain('image is not present');
  });

  it('stays true beside such a pod, and says so', () => {
    const pods = [pod('x'), starting('y', { trouble, createdAt: NOW - TROUBLE_MS })];
    expect(ready(decide(gathered({ pods })))).toMatchObject({
      status: 'True',
      reason: 'Available',
    });
    expect(ready(decide(gathered({ pods })))?.message).toContain('ErrImageNeverPull');
  });

  it('remembers why the last pod ended or could not be made, until one is ready', () => {
    const failure = { reason: 'CreateForbidden', message: 'exceeded quota' };
    expect(ready(decide(gathered({ failure })))).toMatchObject({
      status: 'False',
      reason: 'CreateForbidden',
    });
    expect(decide(gathered({ failure })).recovered).toBe(false);
    expect(decide(gathered({ failure, pods: [pod('x')] })).recovered).toBe(true);
    expect(decide(gathered({ failure, resource: warm(0, 2), pods: [pod('x')] })).recovered).toBe(
      false,
    );
    expect(decide(gathered({ failure, pods: [pod('x'), starting('y')] })).recovered).toBe(false);
  });

  it('changes its time only with its status', () => {
    const status = (reason: string, is: 'True' | 'False'): PoolStatus => ({
      observedGeneration: 2,
      replicas: 0,
      ready: 0,
      bound: 0,
      conditions: [{ type: 'Ready', status: is, reason, message: '', lastTransitionTime: EARLIER }],
    });
    const look = (previous: PoolStatus) =>
      ready(decide(gathered({ resource: resource({ previous }), pods: [pod('x')] })));
    expect(look(status('OnDemand', 'True'))?.lastTransitionTime).toBe(EARLIER);
    expect(look(status('Starting', 'False'))?.lastTransitionTime).toBe(new Date(NOW).toISOString());
  });
});

describe('EgressClosed', () => {
  const closed = (decision: Decision) => conditionOf(decision, 'EgressClosed');
  const shut = pod('shut', { reached: [] });
  const open = (over: Partial<RunnerPod> = {}) =>
    pod('open', { stage: 'joined', reached: ['1.1.1.1:443'], openSince: NOW - OPEN_MS, ...over });
  const lenient = resource({ pool: pool({ egress: { requireClosed: false } }) });

  it('is true when the probes reached nothing', () => {
    const decision = decide(gathered({ pods: [shut] }));
    expect(closed(decision)).toMatchObject({ status: 'True' });
    expect(ready(decision)).toMatchObject({ status: 'True' });
  });

  it('is false with what was reached, and then nothing is ready that must be closed', () => {
    const decision = decide(gathered({ pods: [open(), shut] }));
    expect(closed(decision)).toMatchObject({ status: 'False', reason: 'OpenAddressesReached' });
    expect(closed(decision)?.message).toContain('1.1.1.1:443');
    expect(ready(decision)).toMatchObject({ status: 'False', reason: 'EgressOpen' });
  });

  it('lets a policy take its time to hold', () => {
    const decision = decide(gathered({ pods: [open({ openSince: NOW - OPEN_MS + 5 }), shut] }));
    expect(closed(decision)).toMatchObject({ status: 'True' });
    expect(decision.lookAgainAt).toBe(NOW + 5);
  });

  it('leaves a pool ready that need not be closed, and says that it is open at once', () => {
    const pods = [open({ stage: 'ready', openSince: NOW })];
    const decision = decide(gathered({ resource: lenient, pods }));
    expect(ready(decision)).toMatchObject({ status: 'True' });
    expect(closed(decision)).toMatchObject({ status: 'False' });
  });

  it('keeps what was known while there is nobody to ask', () => {
    const previous: PoolStatus = decide(gathered({ pods: [shut] })).status!;
    const decision = decide(gathered({ resource: resource({ previous }), pods: [] }));
    expect(closed(decision)).toMatchObject({ status: 'True', reason: 'NothingReached' });
  });
});

it('counts what there is', () => {
  const pods = [
    pod('a', A),
    pod('b'),
    starting('c'),
    pod('d', { stage: 'leaving' }),
    pod('e', { stage: 'ended' }),
  ];
  expect(decide(gathered({ pods })).status).toMatchObject({
    replicas: 3,
    ready: 2,
    bound: 1,
    selector: 'cofferdam.dev/pool=home',
  });
});

it('says nothing about a pool that is not there', () => {
  expect(decide(gathered({ resource: undefined })).status).toBeUndefined();
});
