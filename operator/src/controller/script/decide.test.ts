import { describe, expect, it } from 'vitest';
import {
  ENGINES,
  EXIT_REASONS,
  INFRASTRUCTURE_EXITS,
  resolveScript,
  type Condition,
  type ExitReason,
  type RunSummary,
  type SandboxScript,
  type ScriptStatus,
} from '@cofferdam/protocol';
import { decide, type Decision } from './decide.ts';
import type { Gathered } from './gather.ts';

const NOW = Date.parse('2026-05-01T10:00:00Z');
const EARLIER = '2026-04-30T00:00:00.000Z';
const ENTRY = {
  namespace: 'default',
  name: 'job',
  file: 'a.yaml',
  line: 4,
  column: 9,
  problems: [],
};
const PROBLEM = { file: 'a.yaml', line: 9, column: 3, path: 'spec.schedule', message: 'is wrong' };

const resource = (spec: Partial<SandboxScript['spec']> = {}): SandboxScript => ({
  apiVersion: 'cofferdam.dev/v1alpha1',
  kind: 'SandboxScript',
  metadata: { name: 'job' },
  spec: { source: { inline: 'return 1' }, ...spec },
});

function gathered(
  over: Partial<Gathered> = {},
  spec: Partial<SandboxScript['spec']> = {},
): Gathered {
  const of = resource(spec);
  return {
    now: NOW,
    uid: 'uid',
    entry: { ...ENTRY, resource: of },
    generation: 3,
    script: resolveScript(of, { uid: 'uid', generation: 3 }),
    verdict: { valid: true },
    engines: new Set(ENGINES),
    ...over,
  };
}

const broken = (over: Partial<Gathered> = {}): Gathered => {
  const { script: _script, verdict: _verdict, ...rest } = gathered(over);
  return { ...rest, entry: { ...ENTRY, problems: [PROBLEM] } };
};

function unchecked(over: Partial<Gathered> = {}, spec = {}): Gathered {
  const { verdict: _verdict, ...rest } = gathered(over, spec);
  return rest;
}

const run = (exitReason: ExitReason): RunSummary => ({
  runId: 'run-00000001',
  startedAt: EARLIER,
  durationMs: 3,
  exitReason,
  trigger: 'schedule',
  summary: 'what it said',
});

const status = (over: Partial<ScriptStatus>): ScriptStatus => ({
  observedGeneration: 3,
  conditions: [],
  recentRuns: [],
  ...over,
});

function present(decision: Decision) {
  if (decision.kind === 'gone') throw new Error('gone');
  const find = (type: string) => decision.status.conditions.find((one) => one.type === type)!;
  const short = ({ status: is, reason }: Condition) => `${is} ${reason}`;
  return {
    ...decision,
    ready: short(find('Ready')),
    healthy: short(find('Healthy')),
    conditions: { ready: find('Ready'), healthy: find('Healthy') },
  };
}

const healthyOf = (
  recentRuns: RunSummary[],
  over: Partial<Gathered> = {},
  conditions: Condition[] = [],
) => present(decide(gathered({ previous: status({ recentRuns, conditions }), ...over }))).healthy;

const condition = (type: Condition['type'], is: Condition['status']): Condition => ({
  type,
  status: is,
  reason: 'Before',
  message: '',
  lastTransitionTime: EARLIER,
});

describe('Ready', () => {
  it.each([
    ['a good script', gathered(), 'True Compiled'],
    ['a broken document', broken(), 'False InvalidSpec'],
    [
      'an engine this instance has not',
      gathered({ engines: new Set(['isolate']) }, { engine: 'deno' }),
      'False Unsupported',
    ],
    [
      'a source that does not compile',
      gathered({ verdict: { valid: false, error: { name: 'SyntaxError', message: 'no' } } }),
      'False CompileError',
    ],
    ['a source nobody has looked at', unchecked(), 'Unknown Accepted'],
    [
      'a source nobody could look at',
      unchecked({ fault: { code: 'UNAVAILABLE', message: 'no runner' } }),
      'Unknown Accepted',
    ],
    [
      'a runner outage after the verdict',
      gathered({ fault: { code: 'UNAVAILABLE', message: 'no runner' } }),
      'True Compiled',
    ],
  ])('%s', (_what, given, expected) => {
    expect(present(decide(given)).ready).toBe(expected);
  });

  it('says where a document is broken, and where a source', () => {
    expect(present(decide(broken())).conditions.ready.message).toBe(
      'a.yaml:9:3: spec.schedule: is wrong',
    );
    const error = { name: 'SyntaxError', message: 'Unexpected token', line: 2, column: 7 };
    const failed = present(decide(gathered({ verdict: { valid: false, error } })));
    expect(failed.conditions.ready.message).toBe('SyntaxError: Unexpected token (line 2:7)');
  });

  it('lets no word of a guest steer a terminal', () => {
    const error = { name: 'E', message: '\u001b[2J\u202Eevil\nnext' };
    const failed = present(decide(gathered({ verdict: { valid: false, error } })));
    expect(failed.conditions.ready.message).toBe('E: [2J evil next');
  });
});

describe('Healthy', () => {
  it('is unknown before the first run', () => {
    expect(healthyOf([])).toBe('Unknown NeverRan');
  });

  it.each(EXIT_REASONS.filter((reason) => !INFRASTRUCTURE_EXITS.has(reason)))(
    'after %s says what the last run said',
    (reason) => {
      const failed = reason === 'TestFailure' ? 'TestsFailed' : 'LastRunFailed';
      const expected = reason === 'Completed' ? 'True RunsSucceed' : `False ${failed}`;
      expect(
        healthyOf([run(reason), run(reason === 'Completed' ? 'Exception' : 'Completed')]),
      ).toBe(expected);
    },
  );

  it.each([...INFRASTRUCTURE_EXITS])('%s flips nothing', (reason) => {
    expect(healthyOf([run(reason)])).toBe('Unknown Infrastructure');
    expect(healthyOf([run(reason), run('Completed')])).toBe('True Infrastructure');
    expect(healthyOf([run(reason), run('Exception')])).toBe('False LastRunFailed');
    const only = Array.from({ length: 10 }, () => run(reason));
    expect(healthyOf(only, {}, [condition('Healthy', 'True')])).toBe('True Infrastructure');
    expect(healthyOf(only, {}, [condition('Healthy', 'False')])).toBe('False Infrastructure');
  });

  it('is not flipped by a gateway that takes no runs', () => {
    const fault = { code: 'QUEUE_FULL', message: 'full' };
    expect(healthyOf([run('Completed')], { fault })).toBe('True Infrastructure');
    expect(healthyOf([run('Exception')], { fault })).toBe('False LastRunFailed');
    expect(healthyOf([], { fault })).toBe('Unknown Infrastructure');
  });
});

describe('a condition', () => {
  it('began when its status did, not when its reason did', () => {
    const previous = status({
      conditions: [condition('Ready', 'True'), condition('Healthy', 'True')],
      recentRuns: [run('Exception')],
    });
    const { conditions } = present(decide(gathered({ previous })));
    expect(conditions.ready).toMatchObject({ reason: 'Compiled', lastTransitionTime: EARLIER });
    expect(conditions.healthy.lastTransitionTime).toBe(new Date(NOW).toISOString());
    expect(conditions.ready.observedGeneration).toBe(3);
  });

  it('decides the same again: a second look changes nothing', () => {
    const first = present(decide(gathered()));
    const second = present(decide(gathered({ previous: first.status, now: NOW + 60_000 })));
    expect(second.status).toEqual(first.status);
  });
});

describe('what shall be true', () => {
  it('of a script that is gone: nothing', () => {
    const { entry: _entry, ...rest } = gathered();
    expect(decide(rest)).toEqual({ kind: 'gone' });
  });

  it('of a ready script: it is published and runs on its schedule', () => {
    const decision = present(decide(gathered({}, { schedule: { every: '10s' } })));
    expect(decision.publish).toMatchObject({ uid: 'uid', generation: 3, name: 'job' });
    expect(decision.plan).toMatchObject({ everyMs: 10_000, uid: 'uid' });
    expect(decision.check).toBe(false);
  });

  it('of one without a schedule, or suspended: it is published and waits', () => {
    expect(present(decide(gathered())).plan).toBeUndefined();
    const suspended = present(decide(gathered({}, { schedule: { every: '10s' }, suspend: true })));
    expect([suspended.plan, suspended.publish === undefined, suspended.ready]).toEqual([
      undefined,
      false,
      'True Compiled',
    ]);
  });

  it('of one nobody has looked at: it runs, and somebody looks at it', () => {
    const decision = present(decide(unchecked({}, { schedule: { every: '10s' } })));
    expect(decision.check).toBe(true);
    expect(decision.plan).toBeDefined();
    expect(decision.publish).toBeDefined();
  });

  it.each([
    ['broken', broken()],
    ['not supported', gathered({ engines: new Set() }, { schedule: { every: '10s' } })],
    [
      'not compiling',
      gathered(
        { verdict: { valid: false, error: { name: 'E', message: '' } } },
        { schedule: { every: '10s' } },
      ),
    ],
  ])('of one that is %s: it keeps its history and does not run', (_what, given) => {
    const previous = status({ recentRuns: [run('Completed')], lastRun: run('Completed') });
    const decision = present(decide({ ...given, previous }));
    expect([decision.plan, decision.publish, decision.check]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect(decision.status.lastRun).toEqual(run('Completed'));
    expect(decision.status.observedGeneration).toBe(3);
  });
});

describe('a server', () => {
  const decided = (over: Partial<Gathered> = {}) =>
    decide(gathered(over, { mode: 'server', route: { path: '/shop' } })) as Extract<
      Decision,
      { kind: 'present' }
    >;
  const previous = { observedGeneration: 1, conditions: [], recentRuns: [], url: '/before/' };

  it('says where it answers, while it is there to answer, and has no runs to be healthy by', () => {
    const { status: said, publish } = decided({ previous });
    expect(said.url).toBe('/shop/');
    expect(publish?.server?.route).toEqual({ path: '/shop', auth: 'token' });
    const healthy = said.conditions.find(({ type }) => type === 'Healthy');
    expect(healthy).toMatchObject({ status: 'Unknown', reason: 'NoRuns' });
    const { script: _, ...rest } = gathered({ previous });
    const obstacle = { status: 'False', reason: 'RouteConflict', message: 'taken' } as const;
    const conflict = decide({ ...rest, obstacle }) as ReturnType<typeof decided>;
    expect(conflict.status).not.toHaveProperty('url');
    expect(conflict).not.toHaveProperty('publish');
  });
});

describe('a check', () => {
  it('is not healthy when its tests fail, and says how many and which', () => {
    const failed = {
      ...{ runId: 'r', startedAt: EARLIER, durationMs: 1, trigger: 'manual' as const },
      ...{ exitReason: 'TestFailure', summary: '2 of 5 tests failed: adds' },
    } as RunSummary;
    const previous = { observedGeneration: 1, conditions: [], recentRuns: [failed] };
    const { status: said } = decide(gathered({ previous }, { mode: 'check' })) as Extract<
      Decision,
      { kind: 'present' }
    >;
    expect(said.conditions.find(({ type }) => type === 'Healthy')).toMatchObject({
      ...{ status: 'False', reason: 'TestsFailed' },
      message: 'TestFailure: 2 of 5 tests failed: adds',
    });
  });
});
