import { CofferdamError, LASTING, relayCall, type IncomingCall } from '@cofferdam/protocol';
import { describe, expect, it, vi } from 'vitest';
import { channelPair } from './socket-pair.ts';

const patient = { deadlineMs: 20_000 };

async function chain(handler: (call: IncomingCall) => unknown) {
  const last = await channelPair({}, { handlers: { ask: handler } });
  const first = await channelPair(
    {},
    { handlers: { ask: (call: IncomingCall) => relayCall(call, last.near) } },
  );
  return { caller: first.near, onward: last.near };
}

/** Sends back what it gets, after an event. */
async function echo(call: IncomingCall): Promise<unknown> {
  call.emit({ begun: true });
  let bytes = 0;
  for await (const chunk of call.data) {
    bytes += chunk.byteLength;
    await call.write(chunk);
  }
  call.end();
  return { bytes, payload: call.payload };
}

describe('a relayed call', () => {
  it('has its events, its bytes both ways and its answer', async () => {
    const { caller } = await chain(echo);
    const events: unknown[] = [];
    const call = caller.call('ask', { a: 1 }, { ...patient, onEvent: (e) => events.push(e) });
    const sent = Buffer.alloc(3_000_000, 'abc');
    const written = call.write(sent).then(() => call.end());
    const chunks: Buffer[] = [];
    for await (const chunk of call.data) chunks.push(chunk);
    await written;
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    await expect(call.reply).resolves.toEqual({ bytes: sent.byteLength, payload: { a: 1 } });
    expect(events).toEqual([{ begun: true }]);
  });

  it('fails as the other side does', async () => {
    const { caller } = await chain(() => {
      throw new CofferdamError('QUEUE_FULL', 'later');
    });
    const { reply } = caller.call('ask', null, patient);
    await expect(reply).rejects.toMatchObject({ code: 'QUEUE_FULL', message: 'later' });
  });

  it('is cancelled on the other side too, and lasts until then', async () => {
    const seen = Promise.withResolvers<IncomingCall>();
    const { caller } = await chain((call) => {
      seen.resolve(call);
      return new Promise(() => {});
    });
    const leave = new AbortController();
    const { reply } = caller.call('ask', null, { deadlineMs: LASTING, signal: leave.signal });
    const { signal, deadline } = await seen.promise;
    expect(deadline).toBe(Infinity);
    leave.abort();
    await expect(reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await vi.waitUntil(() => signal.aborted);
  });

  it('ends with the connection that it is passed on to', async () => {
    const { caller, onward } = await chain(() => new Promise(() => {}));
    const { reply } = caller.call('ask', null, patient);
    await onward.ping();
    onward.close();
    await expect(reply).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});
