import { describe, expect, it, vi } from 'vitest';
import {
  CofferdamError,
  LASTING,
  MAX_FRAME_BYTES,
  type CallOptions,
  type IncomingCall,
} from '@cofferdam/protocol';
import { channelPair } from './socket-pair.ts';

const patient: CallOptions = { deadlineMs: 20_000 };
const echo = (call: IncomingCall) => call.payload;
const untilAborted = (call: IncomingCall) =>
  new Promise((_, reject) => {
    call.signal.addEventListener('abort', () => reject(call.signal.reason as Error));
  });

describe('calls', () => {
  it('go both ways over one connection', async () => {
    const { near, far } = await channelPair(
      { handlers: { name: () => 'near' } },
      { handlers: { name: () => 'far', echo } },
    );
    await expect(near.call('name', null, patient).reply).resolves.toBe('far');
    await expect(far.call('name', null, patient).reply).resolves.toBe('near');
    const payload = { text: 'ä\u0000"\\', list: [1, null, { deep: true }] };
    await expect(near.call('echo', payload, patient).reply).resolves.toEqual(payload);
    expect(near.inFlight + far.inFlight).toBe(0);
  });

  it('say who the peer is', async () => {
    const { near } = await channelPair({}, { about: { role: 'runner' } });
    await expect(near.peer).resolves.toMatchObject({ version: 1, about: { role: 'runner' } });
  });

  it('answer null for undefined, and for what JSON cannot hold', async () => {
    const { near } = await channelPair(
      {},
      { handlers: { nothing: () => undefined, code: () => () => 1 } },
    );
    await expect(near.call('nothing', undefined, patient).reply).resolves.toBeNull();
    await expect(near.call('code', undefined, patient).reply).resolves.toBeNull();
  });

  it('carry the code and message of an error, and nothing of its cause or stack', async () => {
    const fail = () => {
      throw new CofferdamError('EGRESS_DENIED', 'not that host', { cause: new Error('secret') });
    };
    const { near } = await channelPair({}, { handlers: { fail } });
    const error = await near.call('fail', null, patient).reply.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CofferdamError);
    expect(error).toMatchObject({ code: 'EGRESS_DENIED', message: 'not that host' });
    expect((error as Error).cause).toBeUndefined();
  });

  it('make INTERNAL of any other error, tell it to onFault, and keep its text to themselves', async () => {
    const { near, far } = await channelPair(
      {},
      {
        handlers: {
          fail: () => {
            throw new Error('password=hunter2');
          },
        },
      },
    );
    const faults: unknown[] = [];
    far.onFault = (error) => faults.push(error);
    const error = await near.call('fail', null, patient).reply.catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect(String(error)).not.toContain('hunter2');
    expect(faults).toMatchObject([{ message: 'password=hunter2' }]);
  });

  it('refuse a method that is not there, also one that every object has', async () => {
    const { near } = await channelPair({}, { handlers: { echo } });
    for (const method of ['nope', 'constructor', '__proto__', 'toString']) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await expect(near.call(method, null, patient).reply).rejects.toMatchObject({
        code: 'PROTOCOL_VIOLATION',
      });
    }
    await expect(near.call('echo', 1, patient).reply).resolves.toBe(1);
  });

  it('fail alone when their payload is larger than a frame, either way', async () => {
    const large = 'x'.repeat(MAX_FRAME_BYTES);
    const { near } = await channelPair({}, { handlers: { echo, large: () => large } });
    for (const [method, payload] of [
      ['echo', large],
      ['large', null],
    ] as const) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await expect(near.call(method, payload, patient).reply).rejects.toMatchObject({
        code: 'PROTOCOL_VIOLATION',
      });
    }
    await expect(near.call('echo', 'still here', patient).reply).resolves.toBe('still here');
  });

  it('are each answered once when ten thousand are under way', async () => {
    const { near } = await channelPair({}, { handlers: { echo }, maxInFlight: 10_000 });
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, i) => near.call('echo', i, patient).reply),
    );
    expect(answers).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(near.inFlight).toBe(0);
  });
});

describe('cancelling', () => {
  it('aborts the handler and rejects the reply', async () => {
    const aborted = Promise.withResolvers<unknown>();
    const started = Promise.withResolvers<void>();
    const wait = (call: IncomingCall) => {
      call.signal.addEventListener('abort', () => aborted.resolve(call.signal.reason));
      started.resolve();
      return untilAborted(call);
    };
    const { near, far } = await channelPair({}, { handlers: { wait } });
    const abort = new AbortController();
    const { reply } = near.call('wait', null, { ...patient, signal: abort.signal });
    await started.promise;
    abort.abort();
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(aborted.promise).resolves.toMatchObject({ code: 'CANCELLED' });
    expect(near.inFlight + far.inFlight).toBe(0);
  });

  it('happens before anything is sent when the signal was aborted already', async () => {
    const { near } = await channelPair({}, { handlers: { echo } });
    const { reply } = near.call('echo', null, { ...patient, signal: AbortSignal.abort() });
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('happens at the deadline, on both sides', async () => {
    const aborted = Promise.withResolvers<unknown>();
    const wait = (call: IncomingCall) => {
      call.signal.addEventListener('abort', () => aborted.resolve(call.signal.reason));
      return untilAborted(call);
    };
    const { near } = await channelPair({}, { handlers: { wait } });
    const { reply } = near.call('wait', null, { deadlineMs: 20 });
    await expect(reply).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    // Whichever of the two timers was first: its own, or the cancel frame of the other.
    const { code } = (await aborted.promise) as CofferdamError;
    expect(['DEADLINE_EXCEEDED', 'CANCELLED']).toContain(code);
  });

  it('a deadline beyond the longest is not one that has passed', async () => {
    const { near } = await channelPair({}, { handlers: { echo } });
    const { reply } = near.call('echo', 7, { deadlineMs: Number.POSITIVE_INFINITY });
    await expect(reply).resolves.toBe(7);
  });

  it('without a deadline lasts until it is cancelled', async () => {
    const seen = Promise.withResolvers<IncomingCall>();
    const wait = (call: IncomingCall) => {
      seen.resolve(call);
      return untilAborted(call);
    };
    const { near } = await channelPair({}, { handlers: { wait } });
    const leave = new AbortController();
    const { reply } = near.call('wait', null, { deadlineMs: LASTING, signal: leave.signal });
    const call = await seen.promise;
    expect(call.deadline).toBe(Number.POSITIVE_INFINITY);
    await near.ping();
    expect(call.signal.aborted).toBe(false);
    leave.abort();
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await vi.waitUntil(() => call.signal.aborted);
  });

  it('counts a cancelled handler until it has ended', async () => {
    const gate = Promise.withResolvers<void>();
    const { near } = await channelPair(
      {},
      { handlers: { stubborn: () => gate.promise, echo }, maxInFlight: 1 },
    );
    const abort = new AbortController();
    const { reply } = near.call('stubborn', null, { ...patient, signal: abort.signal });
    abort.abort();
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(near.call('echo', 1, patient).reply).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    gate.resolve();
    await near.ping();
    await expect(near.call('echo', 1, patient).reply).resolves.toBe(1);
  });
});

describe('the end of a connection', () => {
  it('fails what is under way on both sides, and pings', async () => {
    const aborted = Promise.withResolvers<unknown>();
    const started = Promise.withResolvers<void>();
    const wait = (call: IncomingCall) => {
      call.signal.addEventListener('abort', () => aborted.resolve(call.signal.reason));
      started.resolve();
      return untilAborted(call);
    };
    const { near, far } = await channelPair({}, { handlers: { wait } });
    const { reply } = near.call('wait', null, patient);
    await started.promise;
    const ping = near.ping();
    near.close();
    await expect(reply).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(ping).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(aborted.promise).resolves.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(near.closed).resolves.toBeUndefined();
    await expect(far.closed).resolves.toBeUndefined();
    await expect(near.call('wait', null, patient).reply).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    await expect(near.ping()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});
