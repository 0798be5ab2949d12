import { describe, expect, it } from 'vitest';
import {
  API_VERSION,
  CofferdamError,
  failedResult,
  resolvePool,
  resolveScript,
  type ControlOutcome,
  type ControlRun,
  type SandboxRunSpec,
} from '@cofferdam/protocol';
import { FakeClock, settled } from '../../../test/fake-clock.ts';
import { Attempts, type Ask, type AttemptsOptions } from './attempts.ts';

const NOW = Date.parse('2026-05-01T10:00:00Z');
const pool = resolvePool({
  apiVersion: API_VERSION,
  kind: 'SandboxPool',
  metadata: { name: 'default' },
  spec: { limits: { ceilings: { wallTime: '10s', requests: 5 } } },
});

const outcome: ControlOutcome = {
  ...{ runId: 'run-1', traceId: 'a'.repeat(32), startedAt: NOW, durationMs: 1, queuedMs: 0 },
  result: failedResult('Exception', { name: 'Error', message: 'no' }),
};

const ask = (
  uid: string,
  spec: SandboxRunSpec = { script: { source: { inline: 'return 1' } } },
): Ask => ({
  resource: {
    ...{ apiVersion: API_VERSION, kind: 'SandboxRun' },
    metadata: { name: `name-${uid}`, namespace: 'home' },
    spec,
  },
  ...{ uid, namespace: 'home', generation: 1, createdAt: NOW - 5_000 },
});

function rig(over: Partial<AttemptsOptions> = {}) {
  const clock = new FakeClock(NOW);
  const calls: { ask: ControlRun; signal: AbortSignal; answer: PromiseWithResolvers<unknown> }[] =
    [];
  const changed: string[] = [];
  const errors: unknown[] = [];
  const attempts = new Attempts({
    clock,
    onChange: (uid) => void changed.push(uid),
    onError: (error) => void errors.push(error),
    script: () => undefined,
    pools: () => [pool],
    objects: { read: () => Promise.resolve(undefined) },
    run: (asked, signal) => {
      const answer = Promise.withResolvers<unknown>();
      calls.push({ ask: asked, signal, answer });
      return answer.promise as Promise<ControlOutcome>;
    },
    ...over,
  });
  return { clock, calls, changed, errors, attempts };
}

describe('an attempt', () => {
  it('asks with a key that is the same in every life of the operator, and once', async () => {
    const { attempts, calls } = rig();
    attempts.begin(ask('u1'));
    attempts.begin(ask('u1'));
    await settled();
    expect(calls).toHaveLength(1);
    expect(calls[0]!.ask).toMatchObject({ trigger: 'manual', scheduledAt: NOW - 5_000 });
    expect(calls[0]!.ask.script).toMatchObject({ uid: 'u1', name: 'name-u1', history: 1 });
    expect(attempts.get('u1')?.state).toBe('running');
    calls[0]!.answer.resolve(outcome);
    await settled();
    attempts.begin(ask('u1'));
    await settled();
    expect(attempts.get('u1')).toEqual({ state: 'ended', outcome });
    expect(calls).toHaveLength(1);
  });

  it('that is refused is made again, later each time', async () => {
    const { attempts, calls, clock } = rig();
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      attempts.begin(ask('u1'));
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await settled();
      calls.at(-1)!.answer.reject(new CofferdamError('QUEUE_FULL'));
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await settled();
      const attempt = attempts.get('u1');
      if (attempt?.state !== 'blocked') throw new Error('not blocked');
      waits.push(attempt.retryAt - clock.now());
      expect(attempt.since).toBe(NOW);
      clock.jump(10);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('takes no answer that is none', async () => {
    const { attempts, calls } = rig();
    attempts.begin(ask('u1'));
    await settled();
    calls[0]!.answer.resolve({ ...outcome, startedAt: 1e300 });
    await settled();
    expect(attempts.get('u1')).toMatchObject({ block: { reason: 'ProtocolViolation' } });
    attempts.forget('u1');
    attempts.begin(ask('u1'));
    await settled();
    calls[1]!.answer.resolve({ ...outcome, result: { ...outcome.result, newer: 1 } });
    await settled();
    expect(attempts.get('u1')).toEqual({ state: 'ended', outcome });
  });

  it('is cancelled when it is forgotten, and not when the operator ends', async () => {
    const { attempts, calls, changed } = rig();
    attempts.begin(ask('u1'));
    attempts.begin(ask('u2'));
    await settled();
    attempts.forget('u1');
    expect(calls[0]!.signal.aborted).toBe(true);
    attempts.close();
    expect(calls[1]!.signal.aborted).toBe(false);
    changed.length = 0;
    calls[0]!.answer.reject(new CofferdamError('CANCELLED'));
    calls[1]!.answer.reject(new CofferdamError('CONNECTION_LOST'));
    await settled();
    attempts.begin(ask('u3'));
    await settled();
    expect([changed, calls.length, attempts.get('u1')]).toEqual([[], 2, undefined]);
  });

  it('leaves places to other namespaces', async () => {
    const { attempts, calls } = rig();
    for (let n = 0; n < 40; n += 1) attempts.begin(ask(`u${n}`));
    attempts.begin({ ...ask('other'), namespace: 'elsewhere' });
    await settled();
    expect(calls).toHaveLength(17);
    expect(attempts.get('u39')?.state).toBe('queued');
    attempts.forget('u16');
    calls[0]!.answer.resolve(outcome);
    await settled();
    const uids = calls.map((call) => ('uid' in call.ask.script ? call.ask.script.uid : ''));
    expect(uids.slice(16)).toEqual(['other', 'u17']);
  });

  it('of a published script may ask for less, and not for more than the pool allows', async () => {
    const spec = { source: { inline: 'return 2' }, env: [{ name: 'A', value: 'b' }], input: 1 };
    const metadata = { name: 'job', namespace: 'home' };
    const whole = { apiVersion: API_VERSION, kind: 'SandboxScript', metadata, spec } as const;
    const script = resolveScript(whole, { uid: 'of-the-script', generation: 7 }, { pool });
    const { attempts, calls } = rig({
      script: (key) => (key === 'home/job' ? { script, conditions: [] } : undefined),
    });
    const limits = { wallTime: '60s', cpuTime: '10ms', requests: 100 };
    attempts.begin(ask('u1', { scriptRef: { name: 'job' }, limits, input: null }));
    attempts.begin(ask('u2', { scriptRef: { name: 'job' } }));
    await settled();
    const [changed, plain] = calls.map((call) => call.ask.script);
    expect(changed).toMatchObject({ uid: 'u1', name: 'job', env: { A: 'b' }, input: null });
    expect(changed).toMatchObject({
      limits: { wallTimeMs: 10_000, cpuTimeMs: 10 },
      maxRequests: 5,
    });
    expect(plain).toEqual({ ...script, uid: 'u2', generation: 1, history: 1 });
  });

  it('reads what it refers to as it is now, and is made again when something changes', async () => {
    const data: { value?: Record<string, string> } = {};
    const reads: unknown[] = [];
    const { attempts, calls, clock, changed } = rig({
      objects: {
        read: (reference) => {
          reads.push(reference);
          return Promise.resolve(data.value);
        },
      },
    });
    const secretKeyRef = { name: 's', key: 'k' };
    const env = ['A', 'B'].map((name) => ({ name, valueFrom: { secretKeyRef } }));
    const spec = { script: { source: { inline: 'return 1' }, env } };
    attempts.begin(ask('u1', spec));
    await settled();
    expect(attempts.get('u1')).toMatchObject({ block: { reason: 'SecretNotFound' } });
    expect(reads).toEqual([{ kind: 'Secret', namespace: 'home', name: 's' }]);
    changed.length = 0;
    data.value = { k: 'v' };
    attempts.notice();
    expect(changed).toEqual(['u1']);
    // What is noticed every moment is not tried every moment.
    expect(attempts.get('u1')).toMatchObject({ retryAt: NOW + 1_000 });
    clock.jump(1_000);
    attempts.begin(ask('u1', spec));
    await settled();
    expect(calls[0]!.ask.script).toMatchObject({ env: { A: 'v', B: 'v' } });
  });

  it('reads what its rules add and trust, each object once', async () => {
    const reads: unknown[] = [];
    const { attempts, calls } = rig({
      objects: {
        read: (reference) => {
          reads.push(reference);
          return Promise.resolve({ k: 'v' });
        },
      },
    });
    const ref = { name: 's', key: 'k' };
    const addHeadersFrom = ['x-a', 'x-b'].map((name) => ({ name, secretKeyRef: ref }));
    const net = [{ host: 'a.test' }, { host: 'b.test', addHeadersFrom }];
    const script = { source: { inline: 'return 1' }, permissions: { net } };
    attempts.begin(ask('u1', { script }));
    const trusting = [{ host: 'a.test', caFrom: { configMapKeyRef: ref } }];
    attempts.begin(ask('u2', { script: { ...script, permissions: { net: trusting } } }));
    await settled();
    expect(reads).toEqual([
      { kind: 'Secret', namespace: 'home', name: 's' },
      { kind: 'ConfigMap', namespace: 'home', name: 's' },
    ]);
    const headers = [
      ['x-a', 'v'],
      ['x-b', 'v'],
    ];
    expect(calls[0]!.ask.script).toMatchObject({
      net: [{ host: 'a.test' }, { host: 'b.test' }],
      credentials: [{ rule: 1, headers }],
    });
    expect(attempts.get('u2')).toMatchObject({ block: { reason: 'InvalidAuthority' } });
  });

  it('whose references cannot be read is made again; what is not foreseen is told', async () => {
    const { attempts, errors } = rig({
      objects: { read: () => Promise.reject(new Error('of nobody')) },
    });
    const source = { configMapKeyRef: { name: 'c', key: 'k' } };
    attempts.begin(ask('u1', { script: { source } }));
    await settled();
    expect(attempts.get('u1')).toMatchObject({ block: { reason: 'Internal', isFinal: false } });
    expect(errors).toHaveLength(1);
  });

  it('with an input that is too large is not made again', async () => {
    const { attempts } = rig();
    const input = 'x'.repeat(5 * 1024 * 1024);
    attempts.begin(ask('u1', { script: { source: { inline: 'return 1' } }, input }));
    await settled();
    expect(attempts.get('u1')).toMatchObject({ block: { reason: 'InputTooLarge', isFinal: true } });
  });
});
