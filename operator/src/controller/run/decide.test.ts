import { describe, expect, it } from 'vitest';
import {
  CofferdamError,
  ERROR_CODES,
  EXIT_REASONS,
  failedResult,
  MAX_STATUS_ERROR_BYTES,
  MAX_STATUS_OUTPUT_BYTES,
  MAX_STATUS_RESULT_BYTES,
  RunStatusSchema,
  checker,
  type ControlOutcome,
  type RunResult,
  type RunStatus,
  type SandboxRun,
} from '@cofferdam/protocol';
import { decide, type Decision } from './decide.ts';
import type { Attempt, Block, Gathered } from './gathered.ts';
import { blockOf } from './refusal.ts';
import { PATIENCE_MS } from './resolve.ts';

const NOW = Date.parse('2026-05-01T10:00:00Z');
const EARLIER = '2026-05-01T09:00:00.000Z';
const HOUR = 3_600_000;
const isStatus = checker(RunStatusSchema);

const resource: SandboxRun = {
  apiVersion: 'cofferdam.dev/v1alpha1',
  kind: 'SandboxRun',
  metadata: { name: 'once' },
  spec: { script: { source: { inline: 'return 1' } } },
};

const gathered = (over: Partial<Gathered> = {}): Gathered => ({
  now: NOW,
  generation: 1,
  createdAt: NOW - 1_000,
  ttlMs: HOUR,
  read: { resource },
  ...over,
});

const block = (over: Partial<Block> = {}): Block => ({
  reason: 'SecretNotFound',
  message: 'there is no Secret a',
  isFinal: false,
  patienceMs: PATIENCE_MS,
  ...over,
});

const blocked = (over: Partial<Block> = {}, since = NOW, retryAt = NOW + 1_000): Attempt => ({
  ...{ state: 'blocked', block: block(over), since, retryAt },
});

const ended = (result: Partial<RunResult> = {}): Attempt => {
  const base = failedResult('Unavailable', { name: 'x', message: 'x' });
  const { error: _, ...rest } = base;
  const outcome: ControlOutcome = {
    ...{ runId: 'run-00000001', traceId: 'a'.repeat(32), startedAt: NOW - 500 },
    ...{ durationMs: 300.4, queuedMs: 100.2 },
    result: { ...rest, exitReason: 'Completed', layers: ['isolate'], ...result },
  };
  return { state: 'ended', outcome };
};

const previous = (type: string, status: string, over: Partial<RunStatus> = {}): RunStatus => ({
  observedGeneration: 1,
  conditions: ['Complete', 'Failed'].map((each) => ({
    type: each as 'Complete',
    status: (each === type ? status : 'False') as 'True',
    ...{ reason: 'Before', message: '', lastTransitionTime: EARLIER },
  })),
  ...over,
});

function statusOf(decision: Decision): RunStatus {
  if (!('status' in decision)) throw new Error(decision.kind);
  expect(isStatus(decision.status).ok).toBe(true);
  return decision.status;
}

/** `phase reason`, after what is true of every status was seen to be true. */
function short(decision: Decision): string {
  const { conditions, observedGeneration, phase } = statusOf(decision);
  expect(observedGeneration).toBe(1);
  expect(conditions.map(({ type }) => type)).toEqual(['Complete', 'Failed']);
  const [complete, failed] = conditions;
  const truth = [complete!.status, failed!.status].join();
  const truths: Record<string, string> = { Succeeded: 'True,False', Failed: 'False,True' };
  const expected = truths[phase!] ?? 'False,False';
  expect(truth).toBe(expected);
  return `${decision.kind} ${phase} ${failed!.reason}`;
}

describe('a run that is over', () => {
  const completedAt = EARLIER;

  it.each(['Complete', 'Failed'])('stays as it is and goes when its time is over: %s', (type) => {
    for (const attempt of [undefined, blocked(), ended()]) {
      const given = gathered({
        previous: previous(type, 'True', { completedAt }),
        ...(attempt ? { attempt } : {}),
      });
      expect(decide(given)).toEqual({ kind: 'keep', deleteAt: Date.parse(EARLIER) + HOUR });
    }
  });

  it('is not looked into again, and goes even if nobody knows when it ended', () => {
    const { read: _, ...unread } = gathered({ previous: previous('Complete', 'True'), ttlMs: 0 });
    expect(decide(unread)).toEqual({ kind: 'keep', deleteAt: NOW - 1_000 });
  });

  it('is not what somebody else says of it', () => {
    const conditions = [
      ...previous('Complete', 'False').conditions,
      { ...previous('Complete', 'True').conditions[0]!, type: 'Audited' as 'Ready' },
    ];
    const given = gathered({ previous: previous('Complete', 'False', { conditions }) });
    expect(decide(given).kind).toBe('begin');
  });
});

describe('a run that nobody has', () => {
  it('is begun, also where an earlier operator had begun it', () => {
    expect(decide(gathered())).toEqual({ kind: 'begin' });
    for (const phase of ['Pending', 'Running'] as const) {
      const before = previous('Complete', 'False', { phase });
      expect(decide(gathered({ previous: before, createdAt: 0 }))).toEqual({ kind: 'begin' });
    }
  });

  it('fails where it is not valid', () => {
    const problems = [{ path: 'spec.script.source', message: 'is wrong' }];
    const decision = decide(gathered({ read: { problems } }));
    expect(short(decision)).toBe('finish Failed InvalidSpec');
    expect(statusOf(decision)).toMatchObject({
      error: { name: 'InvalidSpec', message: 'spec.script.source: is wrong' },
      completedAt: new Date(NOW).toISOString(),
    });
    expect(statusOf(decision).exitReason).toBeUndefined();
  });
});

describe('a run that waits', () => {
  it.each(['queued', 'running'] as const)('is written when it is so for a while: %s', (state) => {
    const decision = decide(gathered({ attempt: { state, since: NOW } }));
    expect(decision).toMatchObject({ kind: 'wait', writeAt: NOW + 100, lookAt: Infinity });
    const expected = { queued: 'wait Pending Queued', running: 'wait Running Running' };
    expect(short(decision)).toBe(expected[state]);
  });

  it('for something says what, at once, and is looked at again', () => {
    const decision = decide(gathered({ attempt: blocked() }));
    expect(decision).toMatchObject({ writeAt: NOW, lookAt: NOW + 1_000 });
    expect(short(decision)).toBe('wait Pending SecretNotFound');
    const later = decide(gathered({ attempt: blocked(), now: NOW + 1_000 }));
    expect(later).toEqual({ kind: 'begin' });
  });

  it('does not wait for ever', () => {
    const attempt = blocked({}, NOW - PATIENCE_MS + 10, NOW + 15_000);
    expect(decide(gathered({ attempt }))).toMatchObject({ kind: 'wait', lookAt: NOW + 10 });
    const late = gathered({ attempt, now: NOW + 10 });
    expect(short(decide(late))).toBe('finish Failed SecretNotFound');
    const unavailable = blocked({ reason: 'QueueFull', exitReason: 'Unavailable' }, 0, 0);
    expect(statusOf(decide(gathered({ attempt: unavailable })))).toMatchObject({
      exitReason: 'Unavailable',
      error: { name: 'QueueFull' },
    });
  });

  it('for nothing that could change fails at once', () => {
    const attempt = blocked({ isFinal: true, reason: 'InputTooLarge' });
    expect(short(decide(gathered({ attempt })))).toBe('finish Failed InputTooLarge');
  });

  it('for an answer that another operator has asked for runs', () => {
    const attempt = blocked({ ...blockOf(new CofferdamError('DUPLICATE_RUN')) });
    expect(short(decide(gathered({ attempt })))).toBe('wait Running StillRunning');
    const slow = { ...attempt, since: NOW - 600_000 } as Attempt;
    expect(short(decide(gathered({ attempt: slow })))).toBe('wait Running StillRunning');
    const lost = { ...attempt, since: NOW - 660_000 } as Attempt;
    expect(short(decide(gathered({ attempt: lost })))).toBe('finish Failed StillRunning');
  });

  it('began to be so when it did, not when it was written last', () => {
    const before = previous('Complete', 'False');
    const [complete] = statusOf(
      decide(gathered({ previous: before, attempt: blocked() })),
    ).conditions;
    expect(complete).toMatchObject({ lastTransitionTime: EARLIER, reason: 'SecretNotFound' });
    const [now] = statusOf(decide(gathered({ previous: before, attempt: ended() }))).conditions;
    expect(now!.lastTransitionTime).toBe(new Date(NOW).toISOString());
  });
});

describe('what a gateway refuses', () => {
  it.each(ERROR_CODES)('%s', (code) => {
    const attempt = blocked({ ...blockOf(new CofferdamError(code)) });
    const passing = new CofferdamError(code).entry.retry || code === 'STALE_EPOCH';
    const kind = passing || code === 'DUPLICATE_RUN' ? 'wait' : 'finish';
    const decision = decide(gathered({ attempt }));
    expect(short(decision)).toMatch(kind === 'wait' ? /^wait (Pending|Running)/ : /^finish Failed/);
    expect(statusOf(decision).conditions[0]!.reason).toMatch(/^([A-Z][a-z]*)+$/);
  });

  it('in a way that nobody foresaw does not end the run, and says nothing of what went wrong', () => {
    const thrown = blockOf(new Error('secret/path'));
    expect(thrown).toMatchObject({ reason: 'Internal', isFinal: false });
    expect(thrown.message).not.toContain('secret');
  });
});

describe('a run that ended', () => {
  const end = (result: Partial<RunResult>) =>
    statusOf(decide(gathered({ attempt: ended(result) })));

  it('well is Complete', () => {
    const decision = decide(gathered({ attempt: ended({ value: '{"a":1}' }) }));
    expect(short(decision)).toBe('finish Succeeded Completed');
    expect(statusOf(decision)).toMatchObject({
      ...{ runId: 'run-00000001', traceId: 'a'.repeat(32), exitReason: 'Completed' },
      ...{ result: '{"a":1}', durationMs: 300, queuedMs: 100, layers: ['isolate'] },
      startedAt: new Date(NOW - 399.8).toISOString(),
      completedAt: new Date(NOW - 199.6).toISOString(),
    });
  });

  it.each(EXIT_REASONS.filter((reason) => reason !== 'Completed'))(
    'otherwise is Failed: %s',
    (exitReason) => {
      const error = { name: 'TypeError', message: 'a\nb' };
      const decision = decide(gathered({ attempt: ended({ exitReason, error }) }));
      expect(short(decision)).toBe(`finish Failed ${exitReason}`);
      expect(statusOf(decision).conditions[1]!.message).toBe('TypeError: a b');
      expect(short(decide(gathered({ attempt: ended({ exitReason }) })))).toContain(exitReason);
    },
  );

  it('with more than a status has room for is cut to it', () => {
    const line = { level: 'log' as const, message: 'é'.repeat(3_000_000), time: NOW };
    const status = end({
      value: JSON.stringify('x'.repeat(MAX_STATUS_RESULT_BYTES)),
      logs: [line, line],
      error: { name: 'N'.repeat(256), message: '\u{1f600}'.repeat(4_000) },
    });
    expect(status).toMatchObject({ resultTruncated: true });
    expect(status.result).toBeUndefined();
    expect(Buffer.byteLength(status.output!)).toBeLessThanOrEqual(MAX_STATUS_OUTPUT_BYTES);
    expect(Buffer.byteLength(status.error!.message)).toBeLessThanOrEqual(MAX_STATUS_ERROR_BYTES);
    const full = JSON.stringify('x'.repeat(MAX_STATUS_RESULT_BYTES - 2));
    expect(end({ value: full }).result).toBe(full);
    // 32 KiB of characters, but more bytes.
    expect(end({ value: JSON.stringify('é'.repeat(20_000)) })).toMatchObject({
      resultTruncated: true,
    });
  });

  it('says nothing that could steer a terminal', () => {
    const evil = '\u001b[2J\u009b31m\u202e\u{e0041}';
    const status = end({
      value: JSON.stringify(evil),
      logs: [{ level: 'log', message: `a\n\t${evil}\r`, time: NOW }],
      error: { name: evil, message: evil },
      exitReason: 'Exception',
    });
    const texts = [status.result, status.output, status.error!.name, status.error!.message];
    texts.push(status.conditions[0]!.message);
    for (const text of texts)
      expect(text!.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(status.result!)).toBe(evil);
    expect(status.output).toBe('a\n\t[2J31m');
  });
});
