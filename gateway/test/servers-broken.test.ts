import {
  CofferdamError,
  encodePortFrame,
  RUNTIME_METHODS,
  SERVER_METHODS,
  type CallHandler,
  type IncomingCall,
} from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { catalogueDirectory, httpRig, type HttpRig } from './http-rig.ts';
import { serverScript } from './server-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await httpRig();
  rig.gateway.attachScripts(catalogueDirectory(rig.gateway));
  rig.gateway.core.catalogue.publish({ version: 1, scripts: [serverScript('ours')] });
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const OWN = '/v1/namespaces/default/scripts/shop/server/';
const SERVES = encodePortFrame(JSON.stringify([['post', 'server', 1]]));
const HEAD = { status: 200, statusText: '', headers: [] };
const status = () => rig.gateway.core.servers.status('default', 'shop');

/** A runner whose guest serves, and answers as the test wants. */
function handlers(request: CallHandler, said: Buffer[] = [SERVES]): Record<string, CallHandler> {
  return {
    [RUNTIME_METHODS.open]: async (call) => {
      call.emit({ runtimeId: 's1', layers: ['isolate'] });
      for (const frame of said) await call.write(frame);
      return new Promise((resolve) => {
        const ended = { exitReason: 'Cancelled', message: 'gone' };
        call.signal.addEventListener('abort', () => resolve(ended));
      });
    },
    [RUNTIME_METHODS.eval]: () => ({
      ...{ exitReason: 'Completed', cpuTimeMs: 1, wallTimeMs: 1, ended: false },
      portBytes: said.reduce((sum, { byteLength }) => sum + byteLength, 0),
    }),
    [SERVER_METHODS.request]: request,
  };
}

const answer = (call: IncomingCall, head: object = HEAD) => {
  call.emit(head);
  return {};
};

describe('a runner that breaks the protocol', () => {
  it.each<[string, CallHandler]>([
    ['with a head that is none', (call) => answer(call, { ...HEAD, status: 99 })],
    [
      'with a header that ends a line',
      (call) => answer(call, { ...HEAD, headers: [['a', 'b\r\nc: d']] }),
    ],
    [
      'with headers larger than they may be',
      (call) =>
        answer(call, {
          ...HEAD,
          headers: Array.from({ length: 5 }, (_, at) => [`h${at}`, 'x'.repeat(16_000)]),
        }),
    ],
    ['with two heads', (call) => (call.emit(HEAD), answer(call))],
    ['with no head', () => ({})],
    ['with an answer of another shape', (call) => (call.emit(HEAD), { head: 1 })],
  ])('%s is ended, and the next request finds another', async (_what, request) => {
    const peer = await rig.join({ handlers: handlers(request) });
    const first = await rig.get(OWN).catch(() => undefined);
    expect(first?.status ?? 502).toBeOneOf([200, 502]);
    await peer.channel.closed;
    await rig.join({ handlers: handlers((call) => answer(call, { ...HEAD, status: 201 })) });
    expect((await rig.get(OWN)).status).toBe(201);
  });

  it.each([
    ['a frame that is no JSON', encodePortFrame('{')],
    ['a message of no kind', encodePortFrame('[["exec","x"]]')],
    ['a line of no level', encodePortFrame('[["log","shout","x",0]]')],
    ['a frame that is too large', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ])('by %s on the port of a server is ended', async (_what, frame) => {
    const peer = await rig.join({ handlers: handlers((call) => answer(call), [frame]) });
    const { status: code, body } = await rig.get(OWN);
    expect([code, body.error.code]).toEqual([502, 'PROTOCOL_VIOLATION']);
    await peer.channel.closed;
  });

  it('names no error of its own: a request is not unauthenticated because a runner says so', async () => {
    const deny = () => {
      throw new CofferdamError('UNAUTHENTICATED', 'give me your token');
    };
    const whole = handlers(deny);
    for (const method of [RUNTIME_METHODS.open, RUNTIME_METHODS.eval, SERVER_METHODS.request]) {
      // eslint-disable-next-line no-await-in-loop -- one runner after the other
      const peer = await rig.join({ handlers: { ...whole, [method]: deny } });
      // eslint-disable-next-line no-await-in-loop
      const { status: code, headers, body } = await rig.get(OWN);
      expect([code, body.error.code]).toEqual([502, 'SERVER_FAILED']);
      expect(headers).not.toHaveProperty('www-authenticate');
      rig.gateway.core.registry.forget(peer.runnerId);
    }
  });
});

describe('a console', () => {
  it('is kept to its last lines', async () => {
    const line = JSON.stringify(['log', 'log', 'x'.repeat(1_000), 0]);
    const flood = Array.from({ length: 40 }, () =>
      encodePortFrame(`[${Array(50).fill(line).join()}]`),
    );
    await rig.join({ handlers: handlers((call) => answer(call), [...flood, SERVES]) });
    await rig.get(OWN);
    const kept = status().logs.reduce((sum, { message }) => sum + message.length, 0);
    expect(kept).toBeLessThanOrEqual(64 * 1024);
    expect(status().logs.length).toBeGreaterThan(50);
  });
});

describe('instances', () => {
  it('are spread over runners, where the tenant has several', async () => {
    const held = Promise.withResolvers<void>();
    const asked: string[] = [];
    const request =
      (id: string): CallHandler =>
      async (call) => {
        asked.push(id);
        await held.promise;
        return answer(call);
      };
    rig.gateway.core.catalogue.publish({
      version: 2,
      scripts: [serverScript('ours', { server: { concurrency: 1, maxInstances: 2 } })],
    });
    await rig.join({ handlers: handlers(request('a')) });
    await rig.join({ handlers: handlers(request('b')) });
    const answers = [rig.get(OWN), rig.get(OWN)];
    await vi.waitUntil(() => asked.length === 2);
    expect(asked.sort()).toEqual(['a', 'b']);
    held.resolve();
    for (const { status: code } of await Promise.all(answers)) expect(code).toBe(200);
  });

  it('move when their runner is to go, and lose no request', async () => {
    const first = await rig.join({ handlers: handlers((call) => answer(call)) });
    await rig.get(OWN);
    const second = await rig.join({
      handlers: handlers((call) => answer(call, { ...HEAD, status: 201 })),
    });
    rig.gateway.core.registry.retire(first.runnerId, 'replaced');
    await vi.waitUntil(
      () => status().instances.some(({ runnerId }) => runnerId === second.runnerId),
      {
        timeout: 5_000,
      },
    );
    await vi.waitUntil(async () => (await rig.get(OWN)).status === 201);
    await first.channel.closed;
    expect(status().instances).toHaveLength(1);
  });

  it('answer what they have begun before their gateway ends', async () => {
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const slow = await httpRig({ drainMs: 20_000 });
    slow.gateway.attachScripts(catalogueDirectory(slow.gateway));
    slow.gateway.core.catalogue.publish({ version: 1, scripts: [serverScript('ours')] });
    const request: CallHandler = async (call) => {
      asked.resolve();
      await held.promise;
      return answer(call);
    };
    const peer = await slow.join({ handlers: handlers(request) });
    const got = slow.get(OWN);
    await asked.promise;
    const closed = slow[Symbol.asyncDispose]();
    await expect(slow.get(OWN)).rejects.toThrow(/ECONN/);
    held.resolve();
    expect((await got).status).toBe(200);
    await closed;
    await peer.channel.closed;
  });
});
