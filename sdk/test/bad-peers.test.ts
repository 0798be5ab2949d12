import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  Channel,
  encodeFrame,
  encodePortFrame,
  PortFrameDecoder,
  RUNTIME_METHODS,
  type IncomingCall,
} from '@cofferdam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createIsolateHost } from '../src/index.ts';
import { privateFolder, processesOf, until } from './harness.ts';

const folder = privateFolder();
const ENDED = { code: 'RUNTIME_ENDED' };
const hostileSocket = join(folder, 'hostile.sock');
const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  rmSync(hostileSocket, { force: true });
});

/** Somebody who listens where a daemon should. */
async function listen(onConnection: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  servers.push(server);
  server.listen(hostileSocket);
  await once(server, 'listening');
}
const connect = (timeoutMs = 2_000) =>
  createIsolateHost({ daemon: { socketPath: hostileSocket, timeoutMs } });
const hello = (payload: unknown) => encodeFrame('hello', false, 0, JSON.stringify(payload));
const HELLO = { version: 1, oldest: 1, about: { role: 'daemon' } };

describe('what listens in the place of a daemon', () => {
  const GARBAGE: [string, (socket: Socket) => void][] = [
    ['random bytes', (socket) => socket.write(randomBytes(4_096))],
    ['zeros', (socket) => socket.write(Buffer.alloc(4_096))],
    ['a frame of four gigabytes', (socket) => socket.write(Buffer.alloc(64, 0xff))],
    ['no hello but a call', (socket) => socket.write(encodeFrame('call', false, 1, '{}'))],
    ['a hello that is no JSON', (socket) => socket.write(encodeFrame('hello', false, 0, '{'))],
    ['a hello of nothing', (socket) => socket.write(hello(null))],
    ['a hello of other types', (socket) => socket.write(hello({ version: '1', oldest: [] }))],
    [
      'a version that is to come',
      (socket) => socket.write(hello({ ...HELLO, version: 9, oldest: 8 })),
    ],
    [
      'a hello of a runner',
      (socket) => socket.write(hello({ ...HELLO, about: { role: 'runner' } })),
    ],
    ['a hello about nothing', (socket) => socket.write(hello({ version: 1, oldest: 1 }))],
    ['a megabyte of hello', (socket) => socket.write(hello({ ...HELLO, x: 'x'.repeat(2 ** 20) }))],
  ];
  it.each(GARBAGE)('and says %s is refused', async (_what, onConnection) => {
    await listen((socket) => onConnection(socket.resume()));
    const error = await connect().then(
      (host) => host.close(),
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect((error as Error).message).toContain(hostileSocket);
    await until(() => sockets.every((socket) => socket.destroyed || socket.readableEnded));
  });

  it.each([
    ['nothing', () => {}],
    ['half a hello', (socket: Socket) => socket.write(hello(HELLO).subarray(0, 12))],
    ['nothing, and closes', (socket: Socket) => socket.destroy()],
  ])('and says %s is given up in time', async (_what, onConnection) => {
    await listen(onConnection);
    await expect(connect(200)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('is not taken away, and no daemon is started beside it', async () => {
    await listen((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(connect()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(existsSync(hostileSocket)).toBe(true);
    expect(processesOf(`--socket ${hostileSocket}`)).toEqual([]);
  });

  type Open = (call: IncomingCall) => unknown;
  const NEVER = new Promise<never>(() => {});
  const OPENS: [string, Open, RegExp][] = [
    ['an end of nonsense', () => ({ nonsense: 1 }), /PROTOCOL_VIOLATION/],
    ['an end at once', () => ({ exitReason: 'Memory', message: 'no' }), /RUNTIME_ENDED/],
    [
      'an id that is none',
      async (call) => {
        call.emit({ runtimeId: 5, layers: [] });
        return await NEVER;
      },
      /PROTOCOL_VIOLATION|CONNECTION_LOST/,
    ],
    [
      'a runtime twice',
      async (call) => {
        for (const runtimeId of ['a', 'b']) call.emit({ runtimeId, layers: [] });
        return await NEVER;
      },
      /PROTOCOL_VIOLATION|CONNECTION_LOST|RUNTIME_ENDED/,
    ],
    [
      'a runtime that has ended',
      (call) => {
        call.emit({ runtimeId: 'a', layers: ['isolate'] });
        return { exitReason: 'Cancelled', message: 'no' };
      },
      /RUNTIME_ENDED/,
    ],
    [
      'a port of nonsense',
      async (call) => {
        call.emit({ runtimeId: 'a', layers: ['isolate'] });
        await call.write(Buffer.from('\0\0\0\x08["call"]'));
        return await NEVER;
      },
      /PROTOCOL_VIOLATION|RUNTIME_ENDED/,
    ],
    [
      'a port whose frame is too large',
      async (call) => {
        call.emit({ runtimeId: 'a', layers: ['isolate'] });
        await call.write(Buffer.alloc(64, 0xff));
        return await NEVER;
      },
      /PROTOCOL_VIOLATION|RUNTIME_ENDED/,
    ],
  ];
  it.each(OPENS)(
    'and answers the opening of a runtime with %s fails it',
    async (_what, open, how) => {
      await listen((socket) => {
        const channel = new Channel(socket, {
          about: { role: 'daemon' },
          handlers: { [RUNTIME_METHODS.open]: open, [RUNTIME_METHODS.eval]: () => NEVER },
        });
        channel.peer.catch(() => {});
      });
      const host = await connect();
      const outcome = await host.createRuntime().then(
        (runtime) => runtime.eval('1').catch((error: unknown) => error),
        (error: unknown) => error,
      );
      expect((outcome as { code: string }).code).toMatch(how);
      await host.close();
      expect(await host.diagnostics()).toMatchObject({ runtimes: 0, connected: false });
    },
  );

  it.each([
    ['nothing that is known', null],
    ['other types', { exitReason: 1 }],
    ['an unknown reason', { exitReason: 'Bored', cpuTimeMs: 0, wallTimeMs: 0, ended: false }],
    [
      'a value that is no JSON',
      { exitReason: 'Completed', value: '{', cpuTimeMs: 0, wallTimeMs: 0, ended: false },
    ],
    [
      'a value of a million levels',
      {
        exitReason: 'Completed',
        value: '['.repeat(1e6) + ']'.repeat(1e6),
        cpuTimeMs: 0,
        wallTimeMs: 0,
        ended: false,
      },
    ],
  ])('and answers an eval with %s fails it', async (_what, answer) => {
    await listen((socket) => {
      const channel = new Channel(socket, {
        about: { role: 'daemon' },
        handlers: {
          [RUNTIME_METHODS.open]: async (call) => {
            call.emit({ runtimeId: 'a', layers: ['isolate'] });
            return await NEVER;
          },
          [RUNTIME_METHODS.eval]: () => answer,
        },
      });
      channel.peer.catch(() => {});
    });
    const host = await connect();
    const runtime = await host.createRuntime();
    await expect(runtime.eval('1')).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    await host.close();
  });

  it('and answers a call of a guest’s function with nonsense fails that call, and ends the runtime', async () => {
    const frame = (messages: unknown[]) => encodePortFrame(JSON.stringify(messages));
    await listen((socket) => {
      const channel = new Channel(socket, {
        about: { role: 'daemon' },
        handlers: {
          [RUNTIME_METHODS.open]: async (call) => {
            call.emit({ runtimeId: 'a', layers: ['isolate'] });
            await call.write(frame([['call', 1, { t: 'take' }, [{ $f: 1 }, { $a: 2 }]]]));
            const decoder = new PortFrameDecoder();
            for await (const chunk of call.data) {
              const messages = decoder
                .push(chunk)
                .flatMap((text) => JSON.parse(text) as unknown[][]);
              const asked = messages.filter(([kind]) => kind === 'call' || kind === 'iter');
              if (asked.length > 0)
                await call.write(frame([['ok', asked[0]![1], { $d: 'never' }]]));
            }
            return await NEVER;
          },
          [RUNTIME_METHODS.eval]: () => NEVER,
        },
      });
      channel.peer.catch(() => {});
    });
    const calls = Promise.withResolvers<PromiseSettledResult<unknown>[]>();
    const take = (f: () => Promise<unknown>, all: AsyncIterator<unknown>) =>
      void Promise.allSettled([f(), all.next()]).then(calls.resolve);
    const host = await connect();
    const runtime = await host.createRuntime({ bindings: { tools: { take } } });
    for (const each of await calls.promise) {
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'PROTOCOL_VIOLATION' } });
    }
    await expect(runtime.eval('1')).rejects.toMatchObject(ENDED);
    await host.close();
  });

  it('and asks for bindings that were not given, of runtimes that there are none of, gets nothing', async () => {
    const asked = Promise.withResolvers<unknown[]>();
    let calls = 0;
    await listen((socket) => {
      const channel = new Channel(socket, {
        about: { role: 'daemon' },
        handlers: {
          [RUNTIME_METHODS.open]: async (call) => {
            call.emit({ runtimeId: 'a', layers: ['isolate'] });
            const start = {
              url: 'http://a/',
              method: 'GET',
              headers: [],
              redirect: 'follow',
              hasBody: false,
            };
            const questions: [string, unknown][] = [
              [RUNTIME_METHODS.fetch, { runtimeId: 'a', ...start }],
              [RUNTIME_METHODS.fetch, { runtimeId: 'b', ...start }],
              [RUNTIME_METHODS.files, { runtimeId: 'a', method: 'readFile', path: '/etc/passwd' }],
              [RUNTIME_METHODS.files, { runtimeId: 'a', method: 'constructor', path: '/' }],
              [RUNTIME_METHODS.modules, { runtimeId: 'a', wanted: [] }],
              [RUNTIME_METHODS.sources, { runtimeId: 'a', digests: ['0'.repeat(64)] }],
              ['constructor', {}],
              ['__proto__', null],
              ['runtime.open', {}],
            ];
            const replies = questions.map(([method, payload]) => {
              const { reply } = channel.call(method, payload, { deadlineMs: 5_000 });
              return reply.then(
                (answer) => ({ answer }),
                (error: { code: string }) => error.code,
              );
            });
            asked.resolve(await Promise.all(replies));
            return await NEVER;
          },
        },
      });
      channel.peer.catch(() => {});
    });
    const host = await connect();
    await host.createRuntime({ bindings: { tools: { count: () => calls++ } } });
    for (const answer of await asked.promise) expect(answer).toMatch(/^[A-Z_]+$/);
    expect(calls).toBe(0);
    await host.close();
  });
});

describe('a place for a socket', () => {
  it('that is another user’s is refused', async () => {
    let place = '/usr';
    if (process.geteuid!() === 0) {
      place = join(folder, 'of-another');
      mkdirSync(place, { mode: 0o700 });
      chownSync(place, 65_534, 65_534);
    }
    const daemon = { socketPath: join(place, 'a.sock') };
    await expect(createIsolateHost({ daemon })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('another user') as string,
    });
    expect(processesOf(daemon.socketPath)).toEqual([]);
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, 'kept')],
  ])('where %s is is refused, and that stays', async (what, make) => {
    const path = join(folder, `in-place-of-${what.replace(' ', '-')}`);
    make(path);
    const opening = createIsolateHost({ daemon: { socketPath: path } });
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(existsSync(path)).toBe(true);
    expect(processesOf(path)).toEqual([]);
  });

  it.each(['x'.repeat(200), 'ü'.repeat(60)])('that is too long is refused: %s', async (name) => {
    const opening = createIsolateHost({ daemon: { socketPath: join(folder, name) } });
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('with a zero in it is refused', async () => {
    const opening = createIsolateHost({ daemon: { socketPath: `${folder}/a\0b` } });
    await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(/^INVALID/) });
  });
});
