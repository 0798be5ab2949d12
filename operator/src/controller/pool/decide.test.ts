import { describe, expect, it, test } from 'vitest';
import { decide, JOIN_MS, RETIRE_MS, SURPLUS_MS } from './decide.ts';
import {
  A,
  B,
  NOW,
  resource,
  warm,
  gathered,
  pod,
  starting,
  removed,
  retired,
} from './gathered-fixtures.ts';
import type { RunnerPod } from './runner-pod.ts';

describe('how many pods', () => {
  test.each([
    { warm: warm(0, 1), pods: [], waiting: 0, create: 1, why: 'the spare one' },
    { warm: warm(0, 0), pods: [], waiting: 0, create: 0, why: 'none on demand' },
    { warm: warm(0, 0), pods: [], waiting: 2, create: 2, why: 'one for each who waits' },
    { warm: warm(3, 1), pods: [], waiting: 0, create: 3, why: 'the minimum' },
    { warm: warm(3, 1), pods: [pod('x', A)], waiting: 0, create: 2, why: 'minimum less bound' },
    { warm: warm(1, 2), pods: [pod('x', A)], waiting: 0, create: 2, why: 'spare beside bound' },
    { warm: warm(0, 1), pods: [pod('x', A)], waiting: 1, create: 2, why: 'waiting and spare' },
    { warm: warm(0, 1), pods: [pod('x')], waiting: 0, create: 0, why: 'a ready one counts' },
    {
      warm: warm(0, 1),
      pods: [starting('x')],
      waiting: 0,
      create: 0,
      why: 'one on its way counts',
    },
    {
      warm: warm(0, 1),
      pods: [pod('x', { stage: 'joined' })],
      waiting: 0,
      create: 0,
      why: 'a joined one counts',
    },
    {
      warm: warm(0, 1),
      pods: [pod('x', { stage: 'leaving' })],
      waiting: 0,
      create: 1,
      why: 'one that leaves does not',
    },
    { warm: warm(0, 5, 3), pods: [], waiting: 9, create: 3, why: 'never more than the maximum' },
    {
      warm: warm(0, 1, 2),
      pods: [pod('x', A), pod('y', B)],
      waiting: 3,
      create: 0,
      why: 'the maximum counts bound ones',
    },
  ])('$why', ({ warm: of, pods, waiting, create }) => {
    expect(decide(gathered({ resource: of, pods, waiting })).create).toBe(create);
  });

  it('counts creations that nobody knows the outcome of, against wanted and maximum', () => {
    expect(decide(gathered({ resource: warm(0, 2), unknown: 1 })).create).toBe(1);
    expect(
      decide(gathered({ resource: warm(0, 2, 2), pods: [pod('x', A)], unknown: 1 })).create,
    ).toBe(0);
  });

  it('counts a pod of an owner who is moving as nothing but a pod', () => {
    const pods = [pod('old', { ...A, template: 'then', retiringSince: NOW })];
    expect(decide(gathered({ resource: warm(1, 0, 5), pods })).create).toBe(1);
    expect(decide(gathered({ resource: warm(1, 0, 1), pods })).create).toBe(0);
  });

  it('waits after failures, and comes back when the wait is over', () => {
    const decision = decide(gathered({ createAt: NOW + 500 }));
    expect(decision.create).toBe(0);
    expect(decision.lookAgainAt).toBe(NOW + 500);
    expect(decide(gathered({ createAt: NOW })).create).toBe(1);
  });

  it('makes nothing without a valid pool, a RuntimeClass or the pool itself', () => {
    const { template: _, ...none } = resource();
    for (const of of [
      { ...none, runtimeClass: 'missing' as const },
      { ...none, runtimeClass: 'unknown' as const },
      { ...none, pool: undefined },
      undefined,
    ]) {
      const pods = [pod('x', A), pod('y'), starting('z')];
      const decision = decide(gathered({ resource: of, pods, waiting: 5 }));
      expect([decision.create, decision.remove, decision.retire]).toEqual([0, [], []]);
    }
  });
});

describe('pods that nobody needs', () => {
  const four = [
    pod('old', { createdAt: NOW - 3_000 }),
    pod('young', { createdAt: NOW - 1_000 }),
    starting('early', { createdAt: NOW - 2_000 }),
    starting('late', { createdAt: NOW - 500 }),
  ];

  it('go when they have been too many for a while, first those that are missed least', () => {
    const since = { surplusSince: NOW - SURPLUS_MS };
    const decide2 = (spare: number) =>
      decide(gathered({ resource: warm(0, spare), pods: four, ...since }));
    expect(removed(decide2(3))).toEqual(['late']);
    expect(removed(decide2(2))).toEqual(['late', 'early']);
    expect(removed(decide2(1))).toEqual(['late', 'early', 'young']);
    expect(decide2(1).remove.every(({ onlyUnchanged }) => onlyUnchanged)).toBe(true);
  });

  it('stay for the moment in which an owner who took one is not seen to have it', () => {
    for (const surplusSince of [undefined, NOW - SURPLUS_MS + 1]) {
      const decision = decide(gathered({ resource: warm(0, 1), pods: four, surplusSince }));
      expect(removed(decision)).toEqual([]);
      expect(decision.surplus).toBe(true);
      expect(decision.lookAgainAt).toBeLessThanOrEqual(NOW + SURPLUS_MS);
    }
  });

  it('go at once above the maximum; an owner keeps its pod', () => {
    const pods = [pod('x', A), pod('y', B), pod('free')];
    expect(removed(decide(gathered({ resource: warm(0, 1, 2), pods })))).toEqual(['free']);
    expect(removed(decide(gathered({ resource: warm(0, 1, 1), pods: pods.slice(0, 2) })))).toEqual(
      [],
    );
  });
});

describe('pods that are over', () => {
  const trouble = { reason: 'RunnerEnded', message: 'exit code 1' };

  it('go, and only an unowned one delays the next', () => {
    const pods = [
      pod('mine', { stage: 'ended', trouble }),
      pod('theirs', { stage: 'ended', trouble, ...A }),
    ];
    const decision = decide(gathered({ pods }));
    expect(decision.remove).toMatchObject([
      { pod: { name: 'mine' }, failed: trouble },
      { pod: { name: 'theirs' }, failed: undefined },
    ]);
    expect(decision.create).toBe(0);
    expect(decision.lookAgainAt).toBeGreaterThan(NOW);
    expect(decide(gathered({ pods: pods.slice(1) })).create).toBe(1);
  });

  it('go when a gateway has ended with them, also without a pool', () => {
    const pods = [pod('idle', { discarded: 'idle' }), pod('theirs', { ...A, discarded: 'worn' })];
    for (const of of [resource(), undefined]) {
      const decision = decide(gathered({ resource: of, pods }));
      expect(removed(decision)).toEqual(['idle', 'theirs']);
      expect(decision.remove.every(({ failed, onlyUnchanged }) => !failed && !onlyUnchanged)).toBe(
        true,
      );
    }
  });

  it('are failures when a gateway found that they do not work', () => {
    const pods = [pod('x', { stage: 'joined', discarded: 'no isolate' })];
    expect(decide(gathered({ pods })).remove[0]?.failed).toEqual({
      reason: 'RunnerRefused',
      message: 'no isolate',
    });
  });

  it('go when they have not joined in time', () => {
    const late = starting('late', { createdAt: NOW - JOIN_MS });
    const decision = decide(gathered({ pods: [late] }));
    expect(decision.remove).toMatchObject([
      { onlyUnchanged: true, failed: { reason: 'DidNotJoin' } },
    ]);
    const unscheduled = { reason: 'Unschedulable', message: '0/1 nodes' };
    const why = decide(gathered({ pods: [{ ...late, trouble: unscheduled }] })).remove[0]?.failed;
    expect(why).toEqual(unscheduled);
  });

  it('are given up in time, and looked at then', () => {
    const slow = starting('slow', { createdAt: NOW - JOIN_MS + 700 });
    const decision = decide(gathered({ pods: [slow] }));
    expect(removed(decision)).toEqual([]);
    expect(decision.lookAgainAt).toBe(NOW + 700);
  });

  it('are not those that somebody owns, or that a probe holds back', () => {
    const old = { createdAt: NOW - JOIN_MS };
    const pods = [starting('x', { ...old, ...A }), pod('y', { ...old, stage: 'joined' })];
    expect(removed(decide(gathered({ pods })))).toEqual([]);
  });

  it('go soon when their Secret never came', () => {
    const missing = { reason: 'CreateContainerConfigError', message: 'secret "x" not found' };
    const lost = starting('lost', { createdAt: NOW - 60_000, trouble: missing });
    expect(removed(decide(gathered({ pods: [lost] })))).toEqual(['lost']);
  });

  it('are not removed twice', () => {
    const pods = [pod('x', { stage: 'leaving', discarded: 'idle' })];
    expect(removed(decide(gathered({ pods })))).toEqual([]);
  });
});

describe('a change of the template', () => {
  const old = { template: 'then' };

  it('makes new pods before old ones go', () => {
    const pods = [pod('a', old), pod('b', old)];
    const decision = decide(gathered({ resource: warm(2, 1), pods }));
    expect(decision.create).toBe(2);
    expect(removed(decision)).toEqual([]);
  });

  it('lets one old free pod go for each new one that is ready', () => {
    const pods = [pod('a', { ...old, createdAt: NOW - 9_000 }), pod('b', old)];
    const look = (fresh: RunnerPod[]) =>
      removed(decide(gathered({ resource: warm(2, 1), pods: [...pods, ...fresh] })));
    expect(look([starting('c'), starting('d')])).toEqual([]);
    expect(look([pod('c'), starting('d')])).toEqual(['a']);
    expect(look([pod('c'), pod('d')])).toEqual(['a', 'b']);
  });

  it('lets old pods go at once that are of no use yet', () => {
    const decision = decide(
      gathered({ pods: [starting('a', old), pod('b', { ...old, stage: 'joined' })] }),
    );
    expect(removed(decision)).toEqual(['a', 'b']);
  });

  it('goes on at the maximum, one pod at a time', () => {
    const at = warm(2, 1, 2);
    const two = [pod('a', { ...old, createdAt: NOW - 90_000 }), pod('b', old)];
    const first = decide(gathered({ resource: at, pods: two }));
    expect([first.create, removed(first)]).toEqual([0, ['b']]);
    const second = decide(gathered({ resource: at, pods: two.slice(0, 1) }));
    expect([second.create, removed(second)]).toEqual([1, []]);
    const third = decide(gathered({ resource: at, pods: [two[0]!, starting('c')] }));
    expect([third.create, removed(third)]).toEqual([0, []]);
    const fourth = decide(gathered({ resource: at, pods: [two[0]!, pod('c')] }));
    expect([fourth.create, removed(fourth)]).toEqual([0, ['a']]);
  });

  it('does nothing to old pods while new ones cannot be made', () => {
    const pods = [pod('a', old), pod('b', old)];
    const decision = decide(gathered({ resource: warm(2, 1, 2), pods, createAt: NOW + 1 }));
    expect([decision.create, removed(decision)]).toEqual([0, []]);
  });

  describe('for pods with an owner', () => {
    const x = pod('x', { ...A, ...old, createdAt: NOW - 90_000 });
    const y = pod('y', { ...B, ...old });

    it('waits for a place to move to', () => {
      expect(retired(decide(gathered({ pods: [x, y] })))).toEqual([]);
      expect(retired(decide(gathered({ pods: [x, y, starting('new')] })))).toEqual([]);
      expect(retired(decide(gathered({ pods: [x, y, pod('new')] })))).toEqual(['x']);
    });

    it('asks the next one when the last has had time, and says again what was said', () => {
      const told = (ago: number) => ({ ...x, retiringSince: NOW - ago });
      const soon = decide(gathered({ pods: [told(1_000), y, pod('new')] }));
      expect(retired(soon)).toEqual(['x']);
      expect(soon.lookAgainAt).toBe(NOW - 1_000 + RETIRE_MS);
      expect(retired(decide(gathered({ pods: [told(RETIRE_MS), y, pod('new')] })))).toEqual([
        'x',
        'y',
      ]);
      expect(retired(decide(gathered({ pods: [y, pod('new')] })))).toEqual(['y']);
    });

    it('moves without a place where there is none to be: no spare, or no room', () => {
      expect(retired(decide(gathered({ resource: warm(0, 0), pods: [x, y] })))).toEqual(['x']);
      expect(retired(decide(gathered({ resource: warm(0, 1, 2), pods: [x, y] })))).toEqual(['x']);
    });

    it('never deletes one', () => {
      for (const maximum of [1, 2, 3]) {
        const decision = decide(
          gathered({ resource: warm(0, 1, maximum), pods: [x, y, pod('new')] }),
        );
        expect(removed(decision)).not.toContain('x');
        expect(removed(decision)).not.toContain('y');
      }
    });
  });
});
