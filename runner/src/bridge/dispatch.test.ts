import { CofferdamError, DEFAULT_LIMITS } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { GuestFault, type Capability } from './capability.ts';
import { Dispatch } from './dispatch.ts';
import { noFetch } from './fetch/none.ts';

const echo: Capability = {
  name: 'echo',
  uncounted: ['free'],
  sync: { back: (_context, value) => value },
  async: {
    back: async (_context, value) => value,
    free: () => new Promise(() => {}),
    fault: () => Promise.reject(new GuestFault('DataError', 'told')),
    crash: () => Promise.reject(new Error('at /home/secret/file.ts')),
    coded: () => Promise.reject(new CofferdamError('EGRESS_DENIED', 'no')),
    huge: async () => ({ bytes: new Uint8Array(5000) }),
  },
};

function dispatch(limits = {}) {
  const breaches: string[] = [];
  const made = new Dispatch({
    capabilities: [echo],
    context: {
      runId: 'run00000',
      limits: { ...DEFAULT_LIMITS, ...limits },
      signal: new AbortController().signal,
      state: new Map(),
      openFetch: noFetch,
      openWebSocket: noFetch,
      charge: () => {},
    },
    onBreach: (reason) => breaches.push(reason),
  });
  return { made, breaches };
}

const refusal = [false, expect.stringContaining('no such function'), undefined];

describe('Dispatch', () => {
  it('passes JSON and one buffer both ways', async () => {
    const { made } = dispatch();
    const bytes = new Uint8Array([1, 2]).buffer;
    const expected = [true, '{"a":1}', bytes];
    expect(await made.call('echo', 'back', '{"a":1}', bytes)).toEqual(expected);
    expect(made.callSync('echo', 'back', '{"a":1}', bytes)).toEqual(expected);
    expect(made.count).toBe(2);
  });

  it.each([
    ['nothing', 'back'],
    ['echo', 'constructor'],
    ['echo', '__proto__'],
    ['__proto__', 'back'],
    [7, {}],
    [undefined, undefined],
  ])('refuses %j.%j', async (capability, method) => {
    const { made } = dispatch();
    expect(await made.call(capability, method)).toEqual(refusal);
    expect(made.callSync(capability, method)).toEqual(refusal);
  });

  it.each([
    [5, undefined],
    ['{', undefined],
    ['{}', 'bytes'],
    [undefined, {}],
  ])('refuses the arguments %j, %j', async (json, bytes) => {
    const answer = await dispatch().made.call('echo', 'back', json, bytes);
    expect(answer[1]).toContain('malformed');
  });

  it('tells the guest what was meant for it and nothing else', async () => {
    const { made } = dispatch();
    expect(await made.call('echo', 'fault')).toEqual([
      false,
      '{"name":"DataError","message":"told"}',
      undefined,
    ]);
    expect((await made.call('echo', 'crash'))[1]).not.toContain('secret');
    expect((await made.call('echo', 'coded'))[1]).toContain('EGRESS_DENIED: no');
  });

  it('reports the call over the limit', async () => {
    const { made, breaches } = dispatch({ bridgeCalls: 2 });
    for (let i = 0; i < 2; i++) expect((await made.call('echo', 'back'))[0]).toBe(true);
    expect((await made.call('echo', 'back'))[0]).toBe(false);
    expect(breaches).toEqual(['BridgeCalls']);
  });

  it('reports a payload over the limit, either way', async () => {
    const { made, breaches } = dispatch({ bridgePayloadBytes: 1024 });
    expect((await made.call('echo', 'back', '{}', new ArrayBuffer(1023)))[0]).toBe(false);
    expect((await made.call('echo', 'huge'))[0]).toBe(false);
    expect(breaches).toEqual(['BridgePayload', 'BridgePayload']);
  });

  it('bounds the calls that wait uncounted', async () => {
    const { made } = dispatch();
    for (let i = 0; i < 1024; i++) void made.call('echo', 'free');
    expect((await made.call('echo', 'free'))[1]).toContain('Too many');
    expect(made.count).toBe(0);
  });
});
