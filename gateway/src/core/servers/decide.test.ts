import { describe, expect, it } from 'vitest';
import {
  place,
  REQUEST_GRACE_MS,
  SOCKET_GRACE_MS,
  upkeep,
  type GroupView,
  type InstanceView,
} from './decide.ts';

const RULES = { minInstances: 0, maxInstances: 3, concurrency: 2, idleMs: 1_000 };
const NOW = 1_000_000;

function instance(id: number, over: Partial<InstanceView> = {}): InstanceView {
  const state = { state: 'ready', current: true, inFlight: 0, sockets: 0 } as const;
  return { id, ...state, idleSince: NOW, ...over };
}

function view(instances: InstanceView[], over: Partial<GroupView> = {}): GroupView {
  return { instances, waiting: 0, maxWaiting: 4, rules: RULES, notBefore: 0, now: NOW, ...over };
}

const busy = { inFlight: 2 };
const old = { current: false };
const starting = { state: 'starting' } as const;

describe('where a request goes', () => {
  const use = (id: number) => ({ kind: 'use', id });
  const wait = { kind: 'wait' };
  it.each<[string, InstanceView[], Partial<GroupView>, object]>([
    ['to nobody, who has to start', [], {}, wait],
    ['to the one that there is', [instance(1)], {}, use(1)],
    [
      'to the one with the fewest requests',
      [instance(1, { inFlight: 1 }), instance(2)],
      {},
      use(2),
    ],
    [
      'of two alike to the one with fewer sockets',
      [instance(1, { sockets: 3 }), instance(2)],
      {},
      use(2),
    ],
    ['behind the others, where all are full', [instance(1, busy)], {}, wait],
    ['behind the others, where one is only starting', [instance(1, starting)], {}, wait],
    ['not to one that leaves', [instance(1, { leavingSince: 1 })], {}, wait],
    [
      'to the earlier revision, until another is there',
      [instance(1, old), instance(2, starting)],
      {},
      use(1),
    ],
    [
      'to the new revision, though the old has room',
      [instance(1, old), instance(2, { inFlight: 1 })],
      {},
      use(2),
    ],
    [
      'behind others at the new revision, though the old has room',
      [instance(1, old), instance(2, busy)],
      {},
      wait,
    ],
    [
      'nowhere while nothing may start',
      [],
      { notBefore: NOW + 1 },
      { kind: 'refuse', why: 'failing' },
    ],
    [
      'behind the others of a busy one while nothing may start',
      [instance(1, busy)],
      { notBefore: NOW + 1 },
      wait,
    ],
    [
      'nowhere where too many wait',
      [instance(1, busy)],
      { waiting: 4 },
      { kind: 'refuse', why: 'full' },
    ],
  ])('%s', (_what, instances, over, expected) => {
    expect(place(view(instances, over))).toEqual(expected);
  });
});

describe('how many instances there are', () => {
  const nothing = { start: 0, leave: [], end: [], at: Infinity };
  const idleAt = NOW + RULES.idleMs;
  it.each<[string, InstanceView[], Partial<GroupView>, object]>([
    ['none where nobody asks', [], {}, nothing],
    ['one for the first request', [], { waiting: 1 }, { ...nothing, start: 1 }],
    ['one for as many as it answers at once', [], { waiting: 2 }, { ...nothing, start: 1 }],
    ['two for one more', [], { waiting: 3 }, { ...nothing, start: 2 }],
    ['no more than there may be', [], { waiting: 100 }, { ...nothing, start: 3 }],
    ['no other while one starts that will do', [instance(1, starting)], { waiting: 2 }, nothing],
    ['another beside a full one', [instance(1, busy)], { waiting: 1 }, { ...nothing, start: 1 }],
    [
      'as many as are to be kept',
      [],
      { rules: { ...RULES, minInstances: 2 } },
      { ...nothing, start: 2 },
    ],
    [
      'none while one has just failed',
      [],
      { waiting: 1, notBefore: NOW + 5 },
      { ...nothing, at: NOW + 5 },
    ],
    [
      'one of the new revision beside an old one',
      [instance(1, old)],
      {},
      { ...nothing, start: 1, at: idleAt },
    ],
    [
      'no second one while that one starts',
      [instance(1, old), instance(2, starting)],
      {},
      { ...nothing, at: idleAt },
    ],
    [
      'the old one until the new one is ready, if it is at rest',
      [instance(1, old), instance(2)],
      {},
      { ...nothing, leave: [1], end: [1], at: idleAt },
    ],
    [
      'an old one until its requests are answered',
      [instance(1, { ...old, inFlight: 1 }), instance(2, { inFlight: 1 })],
      {},
      { ...nothing, leave: [1], at: NOW + REQUEST_GRACE_MS },
    ],
    [
      'an old one no longer than a request may take that was begun',
      [
        instance(1, { ...old, inFlight: 1, leavingSince: NOW - REQUEST_GRACE_MS }),
        instance(2, busy),
      ],
      {},
      { ...nothing, end: [1] },
    ],
    [
      'an old one with sockets for a little',
      [instance(1, { ...old, sockets: 1, leavingSince: NOW - 1 }), instance(2, busy)],
      {},
      { ...nothing, at: NOW - 1 + SOCKET_GRACE_MS },
    ],
    [
      'no old one that only starts',
      [instance(1, { ...old, ...starting })],
      {},
      { ...nothing, leave: [1], end: [1] },
    ],
    [
      'one less when it was idle',
      [instance(1, { idleSince: NOW - 1_000 })],
      {},
      { ...nothing, end: [1] },
    ],
    ['one with a socket, however idle', [instance(1, { idleSince: 0, sockets: 1 })], {}, nothing],
    ['one that is busy, however long', [instance(1, { idleSince: 0, inFlight: 1 })], {}, nothing],
    [
      'an idle one that is to be kept',
      [instance(1, { idleSince: 0 }), instance(2, { idleSince: 1 })],
      { rules: { ...RULES, minInstances: 1 } },
      { ...nothing, end: [1] },
    ],
    [
      'no more than there may be by now, and those with the most to do',
      [instance(1, busy), instance(2)],
      { rules: { ...RULES, maxInstances: 1 } },
      { ...nothing, leave: [2], end: [2] },
    ],
    [
      'none where there may be none any more',
      [instance(1, { sockets: 1 }), instance(2)],
      { rules: { ...RULES, maxInstances: 0, idleMs: 0 } },
      { ...nothing, leave: [1, 2], end: [2], at: NOW + SOCKET_GRACE_MS },
    ],
  ])('%s', (_what, instances, over, expected) => {
    expect(upkeep(view(instances, over))).toEqual(expected);
  });

  const bits = (number: number, count: number) =>
    Array.from({ length: count }, (_, at) => (number >> at) % 2);
  it.each(Array.from({ length: 32 }, (_, number) => bits(number, 5)))(
    'come to rest, whatever there was: ready %i, current %i, busy %i, with sockets %i, awaited %i',
    (...given) => {
      const [isReady, isCurrent, inFlight, sockets, waiting] = given;
      const state = isReady ? 'ready' : 'starting';
      const first = instance(1, {
        state,
        current: isCurrent === 1,
        inFlight: inFlight! * 2,
        sockets: sockets!,
      });
      const again = afterwards(view([first, instance(2)], { waiting: waiting! * 5 }));
      expect(again).toMatchObject({ start: 0, leave: [], end: [] });
    },
  );
});

/** Applies a decision as a group does, and asks again. */
function afterwards(before: GroupView) {
  const { start, leave, end } = upkeep(before);
  const rest = before.instances
    .filter(({ id }) => !end.includes(id))
    .map((one) => (leave.includes(one.id) ? { ...one, leavingSince: NOW } : one));
  const begun = Array.from({ length: start }, (_, at) => instance(10 + at, starting));
  return upkeep({ ...before, instances: [...rest, ...begun] });
}
