import { duplexPair } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  Channel,
  CofferdamError,
  LASTING,
  SERVER_METHODS,
  type CallHandler,
  type IncomingCall,
  type RuntimeEnd,
} from '@cofferdam/protocol';
import { RuntimeServer } from './runtime-server.ts';

const END: RuntimeEnd = { exitReason: 'EngineCrash', message: 'it was discarded' };
const HEAD = { status: 200, statusText: '', headers: [] };

function connected(near: CallHandler, method: string): Channel {
  const [a, b] = duplexPair();
  const channels = [new Channel(a, { handlers: { [method]: near } }), new Channel(b)];
  onTestFinished(() => channels.forEach((channel) => channel.close()));
  return channels[1]!;
}

/** A server whose guests' process is a hostile one, which answers as it likes; and an embedder of it. */
function serverOn(inside: CallHandler) {
  const ended = Promise.withResolvers<RuntimeEnd>();
  const discard = vi.fn<() => void>(() => ended.resolve(END));
  const [near, far] = duplexPair();
  const process = new Channel(near, { handlers: { request: inside, webSocket: inside } });
  const channel = new Channel(far);
  void channel.closed.then((reason) => reason && discard());
  onTestFinished(() => [process, channel].forEach((one) => one.close()));
  const spec = { preset: 'web', features: ['server' as const] } as const;
  const server = new RuntimeServer({
    spec: { ...spec, features: [...spec.features] },
    channel,
    ended: ended.promise,
    discard,
  });
  const embedder = connected((call) => server.request(call), SERVER_METHODS.request);
  let lastId = 0;
  const ask = () => {
    const payload = {
      runtimeId: 'r',
      requestId: `q${++lastId}`,
      method: 'GET',
      url: 'http://a/',
      headers: [],
      hasBody: false,
    };
    const heads: unknown[] = [];
    const call = embedder.call(SERVER_METHODS.request, payload, {
      deadlineMs: LASTING,
      onEvent: (head) => heads.push(head),
    });
    return { call, heads };
  };
  return { ask, discard, ended };
}

describe('what a process of guests answers', () => {
  it.each<[string, CallHandler]>([
    ['no head', () => ({})],
    ['nothing', () => null],
    ['another status', () => ({ head: { ...HEAD, status: 199 } })],
    ['a header that is none', () => ({ head: { ...HEAD, headers: [['a', 'b\r\nc: d']] } })],
    ['fields of its own', () => ({ head: { ...HEAD, url: 'http://b/' } })],
    [
      'too many bytes of headers',
      () => ({
        head: { ...HEAD, headers: Array.from({ length: 5 }, () => ['a', 'x'.repeat(16_000)]) },
      }),
    ],
    [
      'an event that is no head',
      (call: IncomingCall) => {
        call.emit({ status: 'ok' });
        return {};
      },
    ],
    [
      'two heads',
      (call: IncomingCall) => {
        call.emit(HEAD);
        call.emit(HEAD);
        return {};
      },
    ],
    [
      'that a guest is over which is not',
      () => {
        throw new CofferdamError('PROTOCOL_VIOLATION');
      },
    ],
  ])('ends it when it is %s', async (what, inside) => {
    if (what.startsWith('that')) vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { ask, discard } = serverOn(inside);
    const { call } = ask();
    const failed = call.reply.catch((error: unknown) => error);
    if (vi.isFakeTimers()) {
      for (let i = 0; i < 10; i++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(await failed).toMatchObject({
      code: 'RUNTIME_ENDED',
      message: 'EngineCrash: it was discarded',
    });
    expect(discard).toHaveBeenCalled();
  });

  it('ends it when it names one connection for two requests', async () => {
    const { ask, discard } = serverOn(() => ({ head: { ...HEAD, connectionId: 'same' } }));
    const first = ask();
    await first.call.reply;
    expect(first.heads).toEqual([{ ...HEAD, connectionId: 'same' }]);
    await expect(ask().call.reply).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    expect(discard).toHaveBeenCalled();
  });

  it.each(['UNAUTHENTICATED', 'EGRESS_DENIED', 'INTERNAL'] as const)(
    'is not believed where it fails with %s',
    async (code) => {
      const { ask, discard } = serverOn(() => {
        throw new CofferdamError(code, 'as if');
      });
      await expect(ask().call.reply).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(discard).not.toHaveBeenCalled();
    },
  );

  it('is passed on where it is in order, and a request is forgotten with its answer', async () => {
    const { ask } = serverOn(async (call: IncomingCall) => {
      await call.pass(Buffer.from('whole'));
      return { head: HEAD };
    });
    for (let i = 0; i < 3; i++) {
      const { call, heads } = ask();
      await call.reply;
      expect(heads).toEqual([HEAD]);
      expect(call.data.whole()?.toString()).toBe('whole');
    }
  });
});
