import { describe, expect, it } from 'vitest';
import { CofferdamError, failedResult, type ControlOutcome } from '@cofferdam/protocol';
import { LastingRuns } from './lasting-runs.ts';

const outcome: ControlOutcome = {
  ...{ runId: 'run-1', traceId: 'a', startedAt: 1, durationMs: 1, queuedMs: 0 },
  result: failedResult('Exception', { name: 'Error', message: 'no' }),
};

function rig() {
  const runs = new LastingRuns();
  const starts: { signal: AbortSignal; end: PromiseWithResolvers<ControlOutcome> }[] = [];
  const join = (signal = new AbortController().signal) =>
    runs.join('uid/1', signal, (own) => {
      const end = Promise.withResolvers<ControlOutcome>();
      starts.push({ signal: own, end });
      return end.promise;
    });
  return { starts, join };
}

describe('a run that outlives who asked', () => {
  it.each(['CONNECTION_LOST', 'DEADLINE_EXCEEDED', 'PROTOCOL_VIOLATION'] as const)(
    'goes on after %s, and is told to who asks next',
    async (code) => {
      const { starts, join } = rig();
      const first = new AbortController();
      const lost = join(first.signal);
      first.abort(new CofferdamError(code));
      const next = join();
      expect(starts).toHaveLength(1);
      expect(starts[0]!.signal.aborted).toBe(false);
      starts[0]!.end.resolve(outcome);
      expect(await next).toBe(outcome);
      expect(await lost).toBe(outcome);
    },
  );

  it('ends when somebody cancels it, whoever had begun it', async () => {
    const { starts, join } = rig();
    const first = new AbortController();
    const second = new AbortController();
    const answers = [join(first.signal), join(second.signal)];
    first.abort(new CofferdamError('CONNECTION_LOST'));
    second.abort(new CofferdamError('CANCELLED'));
    expect(starts[0]!.signal.aborted).toBe(true);
    starts[0]!.end.resolve(outcome);
    await Promise.all(answers);
  });

  it('is begun anew where the first could not be', async () => {
    const { starts, join } = rig();
    const refused = join();
    starts[0]!.end.reject(new CofferdamError('QUEUE_FULL'));
    await expect(refused).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const again = join();
    expect(starts).toHaveLength(2);
    starts[1]!.end.resolve(outcome);
    expect(await again).toBe(outcome);
  });
});
