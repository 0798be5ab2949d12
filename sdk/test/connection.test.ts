import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeFrame } from '@cofferdam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createIsolateHost, type DaemonOptions } from '../src/index.ts';
import { privateFolder } from './harness.ts';

const folder = privateFolder();
const socketPath = join(folder, 'foreign.sock');
const servers: Server[] = [];
const sockets: Socket[] = [];

/** Another program that listens where a daemon should. */
async function foreignServer(onConnection: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  servers.push(server);
  server.listen(socketPath);
  await once(server, 'listening');
}

const hello = (about: object, version = 1) =>
  encodeFrame('hello', false, 0, JSON.stringify({ version, oldest: version, about }));

const connect = (daemon: DaemonOptions = {}) =>
  createIsolateHost({ daemon: { socketPath, autoStart: false, timeoutMs: 5_000, ...daemon } });

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  rmSync(socketPath, { force: true });
});

describe('a connection to a daemon', () => {
  it('is refused with UNAVAILABLE where nobody listens and none may be started', async () => {
    await expect(connect()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('autoStart') as string,
    });
    const inNoFolder = connect({ socketPath: join(folder, 'missing', 'a.sock') });
    await expect(inNoFolder).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  });

  it('is refused where what listens speaks something else', async () => {
    await foreignServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(connect()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('is refused where what listens is another part of ours', async () => {
    await foreignServer((socket) => socket.write(hello({ role: 'gateway' })));
    await expect(connect()).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
      message: expect.stringContaining('is no daemon') as string,
    });
  });

  it('is refused where the daemon speaks another version, which the error names', async () => {
    await foreignServer((socket) => socket.write(hello({ role: 'daemon' }, 99)));
    await expect(connect()).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
      message: expect.stringMatching(/versions 99 to 99/) as string,
    });
  });

  it('is given up where what listens says nothing in time', async () => {
    await foreignServer(() => {});
    await expect(connect({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('is given up where what listens ends every connection', async () => {
    await foreignServer((socket) => socket.end());
    await expect(connect({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('is tried again where the daemon was just ending', async () => {
    let connections = 0;
    await foreignServer((socket) =>
      ++connections === 1 ? socket.destroy() : socket.write(hello({ role: 'daemon' })),
    );
    const host = await connect();
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: true });
    for (const socket of sockets) socket.end();
    await host.close();
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
  });
});

describe("a daemon's socket", () => {
  const expectUnfit = (path: string) =>
    expect(connect({ socketPath: path })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });

  it('is refused in a folder that lets others in', async () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o755);
    await expectUnfit(join(open, 'a.sock'));
  });

  it('is refused in a folder that is a link', async () => {
    const link = join(folder, 'link');
    symlinkSync(folder, link);
    await expectUnfit(join(link, 'a.sock'));
  });

  it('is refused where a file is in its place', async () => {
    writeFileSync(join(folder, 'file.sock'), '');
    await expectUnfit(join(folder, 'file.sock'));
  });

  it('is refused where its path is none that a socket can have', async () => {
    await expectUnfit(join(folder, 'x'.repeat(100)));
  });
});
