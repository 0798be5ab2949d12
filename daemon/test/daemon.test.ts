import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Channel } from '@cofferdam/protocol';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

// As the binary has it: compiled code is read from there.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('../../node_modules/.cache/cofferdam', import.meta.url),
);
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'cofferdam-daemon-test-'));
let folder = '';
let socketPath = '';
let count = 0;
const children: ChildProcess[] = [];
const channels: Channel[] = [];

interface Started {
  child: ChildProcess;
  /** How it ended, with what it said. */
  ended: Promise<{ code: number | null; stderr: string; stdout: string }>;
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const said = { stderr: '', stdout: '' };
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }));
  return { child, ended };
}

const startHere = (...args: string[]) => start('--socket', socketPath, ...args);

/** Connects as soon as somebody listens, and hears who it is. */
async function greeted(path = socketPath): Promise<Channel> {
  for (;;) {
    const socket = connect(path);
    // eslint-disable-next-line no-await-in-loop -- until it listens
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (isThere) return welcomed(socket);
    // eslint-disable-next-line no-await-in-loop
    await sleep(10);
  }
}

async function welcomed(socket: Socket): Promise<Channel> {
  const channel = new Channel(socket, { about: { role: 'embedder' } });
  channels.push(channel);
  expect((await channel.peer).about).toEqual({ role: 'daemon' });
  return channel;
}

beforeEach(() => {
  folder = join(root, String(++count));
  socketPath = join(folder, 'isolate.sock');
});
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('isolate-daemon', () => {
  it('listens where only its user may connect, in a folder of that user alone', async () => {
    startHere();
    await greeted();
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o600);
  });

  it('ends when nobody has been connected for a while, and leaves no socket', async () => {
    const { ended } = startHere('--idle', '150');
    const channel = await greeted();
    await sleep(300); // longer than it would wait for somebody
    await channel.ping();
    channel.close();
    expect(await ended).toEqual({ code: 0, stderr: '', stdout: '' });
    expect(readdirSync(folder)).toEqual(['isolate.sock.lock']);
  });

  it('ends when nobody ever comes', async () => {
    const { ended } = startHere('--idle', '1');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends its connections at %s', async (signal) => {
    const { child, ended } = startHere('--idle', '0');
    const channel = await greeted();
    child.kill(signal);
    await channel.closed;
    expect(await ended).toEqual({ code: 0, stderr: '', stdout: '' });
    expect(existsSync(socketPath)).toBe(false);
  });

  it('takes the place of one that was killed', async () => {
    const { child, ended } = startHere();
    await greeted();
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(socketPath)).toBe(true);
    startHere();
    await greeted();
  });

  it('does not take the place of one that lives', async () => {
    startHere();
    const channel = await greeted();
    const { code, stderr } = await startHere().ended;
    expect(code).toBe(3);
    expect(stderr).toContain('another daemon listens');
    await channel.ping();
  });

  it('does not take the place of another program', async () => {
    mkdirSync(folder, { mode: 0o700 });
    const server = createServer((socket) => socket.on('error', () => {})).listen(socketPath);
    await once(server, 'listening');
    const { code, stderr } = await startHere().ended;
    expect(code).toBe(3);
    expect(stderr).toContain('another program listens');
    expect(existsSync(socketPath)).toBe(true);
    server.close();
  });

  it('is one, however many start at once', async () => {
    const all = Array.from({ length: 4 }, () => startHere());
    const channel = await greeted();
    const codes: unknown[] = [];
    for (const { ended } of all) void ended.then(({ code }) => codes.push(code));
    // eslint-disable-next-line no-await-in-loop -- until the others have seen that they are not the first
    while (codes.length < 3) await sleep(10);
    expect(codes).toEqual([3, 3, 3]);
    await channel.ping();
  });
});

describe('isolate-daemon refuses', () => {
  const expectRefusal = async (why: string, code = 4) => {
    const end = await startHere().ended;
    expect(end).toMatchObject({ code, stderr: expect.stringContaining(why) as string });
  };

  it('a folder that lets others in', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o750);
    await expectRefusal('lets others in (mode 750');
  });

  it('a folder that everybody may write to and nobody owns for all', async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    await expectRefusal('lets others in');
  });

  it('a folder that is a link', async () => {
    mkdirSync(join(root, 'target'), { recursive: true, mode: 0o700 });
    symlinkSync(join(root, 'target'), folder);
    await expectRefusal('a link to one');
  });

  it.runIf(process.geteuid!() === 0)('a folder of another user', async () => {
    mkdirSync(folder, { mode: 0o700 });
    const { chownSync } = await import('node:fs');
    chownSync(folder, 12_345, 12_345);
    await expectRefusal('belongs to another user');
  });

  it('a folder that cannot be made', async () => {
    socketPath = join('/etc/hostname', 'none', 'isolate.sock');
    await expectRefusal('its folder cannot be made');
  });

  it('a place where a file is, and a lock file that is a link', async () => {
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(socketPath, 'precious');
    await expectRefusal('there is a file in its place');
    rmSync(socketPath);
    rmSync(`${socketPath}.lock`);
    symlinkSync('/etc/hostname', `${socketPath}.lock`);
    await expectRefusal('its place is taken');
  });

  it.each([
    [[], '--socket is missing'],
    [['--socket'], 'argument missing'],
    [['--socket', '/a', '--idle', 'soon'], "--idle must be a number of milliseconds, not 'soon'"],
    [['--socket', '/a', '--idle', '99999999999'], '--idle must be'],
    [['--port', '1'], "Unknown option '--port'"],
    [['here'], 'Unexpected argument'],
  ])('arguments %j', async (args, why) => {
    expect(await start(...args).ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(why) as string,
    });
  });

  it('a path that no socket can have', async () => {
    const { code, stderr } = await start('--socket', join(folder, 'x'.repeat(120))).ended;
    expect(code).toBe(4);
    expect(stderr).toContain('a socket');
  });

  it('nothing where it is asked for help', async () => {
    const { code, stdout, stderr } = await start('--help').ended;
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: isolate-daemon --socket PATH [--idle MS]');
    expect(stderr).toBe('');
  });
});
