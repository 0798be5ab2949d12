import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEgress } from '../src/index.ts';
import { counted, dial, only, socketPaths, target, World } from './world.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

type Paths = Awaited<ReturnType<typeof socketPaths>>;

function start(paths: Paths, environment: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? '',
      COFFERDAM_EGRESS_SOCKET: paths.socket,
      COFFERDAM_EGRESS_CONTROL_SOCKET: paths.controlSocket,
      ...environment,
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Its runners' socket is the last that it opens. */
async function listening({ socket }: Paths): Promise<void> {
  for (;;) {
    const probe = connect(socket);
    const answered = await once(probe, 'connect').then(
      () => true,
      () => false,
    );
    probe.destroy();
    if (answered) return;
    await sleep(10);
  }
}

describe('the egress process', () => {
  it('serves both sockets, for this user alone, and inherits no proxy', async () => {
    const proxy = await counted(createServer((socket) => socket.destroy()));
    const seen = await target((_request, response) => response.end('direct'));
    const paths = await socketPaths();
    const url = `http://127.0.0.1:${proxy.port}`;
    start(paths, {
      HTTP_PROXY: url,
      http_proxy: url,
      HTTPS_PROXY: url,
      ALL_PROXY: url,
      NODE_USE_ENV_PROXY: '1',
      COFFERDAM_EGRESS_ALIASES: JSON.stringify({ demo: `127.0.0.1:${seen.port}` }),
    });
    await listening(paths);
    for (const path of Object.values(paths)) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    const out = new World(paths.socket, await dial(paths.controlSocket), await dial(paths.socket));
    const ticket = await out.open({ net: [{ host: 'demo', ports: [80] }] });
    expect(await out.fetch(ticket, { url: 'http://demo/' }).text()).toBe('direct');
    expect(proxy.connections).toBe(0);
  });

  it('ends with whoever holds its standard input, when told so', async () => {
    const paths = await socketPaths();
    const child = start(paths, { COFFERDAM_EGRESS_EXIT_WITH_STDIN: 'true' });
    await listening(paths);
    child.stdin!.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(stat(paths.socket)).rejects.toThrow('ENOENT');
  });

  it('ends on SIGTERM with a request under way', async () => {
    const seen = await target(() => {});
    const paths = await socketPaths();
    const child = start(paths);
    await listening(paths);
    const out = new World(paths.socket, await dial(paths.controlSocket), await dial(paths.socket));
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const fetched = out.fetch(ticket, { url: seen.url });
    await once(seen.server, 'request');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(fetched.use).rejects.toBeInstanceOf(Error);
  });

  it('says what is wrong with its settings', async () => {
    const child = start(await socketPaths(), { COFFERDAM_EGRESS_ALIASES: '{"demo":"localhost"}' });
    let words = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (words += text));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(words).toContain("egress: INVALID_CONFIG: the alias 'demo' needs a host and a port");
  });
});

describe('the sockets', () => {
  it('are taken over from a process that died, not from one that lives', async () => {
    const paths = await socketPaths();
    const child = start(paths);
    await listening(paths);
    await expect(startEgress({ ...paths, aliases: {} })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('another process listens there') as string,
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await stat(paths.socket)).isSocket()).toBe(true);
    const egress = await startEgress({ ...paths, aliases: {} });
    const channel = await dial(paths.socket);
    await channel.ping();
    await egress.close();
  });

  it('replace no file that is something else', async () => {
    const paths = await socketPaths();
    await writeFile(paths.socket, 'precious');
    await expect(startEgress({ ...paths, aliases: {} })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('there is a file in its place') as string,
    });
    expect((await stat(paths.socket)).size).toBe(8);
    await expect(stat(paths.controlSocket)).rejects.toThrow('ENOENT'); // nothing is left half open
  });
});
