import type { Condition, ScriptStatus } from '@cofferdam/protocol';
import { expect, it } from 'vitest';
import type { CustomResource, EventRecorder } from '../kubernetes/index.ts';
import { ScriptEvents } from './script-events.ts';

function notices() {
  const said: string[] = [];
  const recorder = {
    record: (
      _kind: unknown,
      { metadata }: CustomResource,
      event: Parameters<EventRecorder['record']>[2],
    ) => said.push(`${metadata.name} ${event.type} ${event.reason} ${event.action}: ${event.note}`),
  } as unknown as EventRecorder;
  return { said, events: new ScriptEvents(recorder) };
}

const object = (uid = 'u1', status?: unknown) =>
  ({ metadata: { name: 'one', namespace: 'home', uid }, spec: {}, status }) as CustomResource;
const status = (...conditions: [string, Condition['status'], string][]) =>
  ({
    observedGeneration: 1,
    recentRuns: [],
    conditions: conditions.map(([type, now, reason]) => ({
      ...{ type, status: now, reason, message: 'm', observedGeneration: 1 },
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  }) as unknown as ScriptStatus;
const ready = (now: Condition['status'], reason: string) => status(['Ready', now, reason]);

it('is silent of what is well from the start, and of what nobody knows yet', () => {
  const { said, events } = notices();
  events.notice(object(), ready('Unknown', 'Compiling'));
  events.notice(object(), ready('True', 'Compiled'));
  events.notice(object(), ready('True', 'Compiled'));
  expect(said).toEqual([]);
});

it('tells once what turned bad, and once that it is good again', () => {
  const { said, events } = notices();
  for (const now of ['True', 'False', 'False', 'True', 'True'] as const) {
    events.notice(object(), ready(now, now === 'True' ? 'Compiled' : 'SecretNotFound'));
  }
  expect(said).toEqual([
    'one Warning SecretNotFound Check: SecretNotFound: m',
    'one Normal Ready Check: Ready again: m',
  ]);
});

it('says Run of what runs tell', () => {
  const { said, events } = notices();
  events.notice(object(), status(['Ready', 'True', 'Compiled'], ['Healthy', 'False', 'Exception']));
  events.notice(object(), status(['Ready', 'True', 'Compiled'], ['Healthy', 'True', 'Completed']));
  expect(said).toEqual([
    'one Warning Exception Run: Exception: m',
    'one Normal Recovered Run: Healthy again: m',
  ]);
});

it('goes on where an earlier operator stopped', () => {
  const { said, events } = notices();
  const before = ready('False', 'SecretNotFound');
  events.notice(object('u1', before), before);
  expect(said).toEqual([]);
  events.notice(object('u1', before), ready('True', 'Compiled'));
  expect(said).toHaveLength(1);
});

it('begins anew for a script that is made anew, or forgotten', () => {
  const { said, events } = notices();
  events.notice(object('u1'), ready('False', 'SecretNotFound'));
  events.notice(object('u2'), ready('False', 'SecretNotFound'));
  expect(said).toHaveLength(2);
  events.forget('home/one');
  events.notice(object('u2'), ready('False', 'SecretNotFound'));
  expect(said).toHaveLength(3);
});
