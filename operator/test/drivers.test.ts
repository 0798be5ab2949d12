import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExpectedRunner, PoolDemand } from '@cofferdam/protocol';
import { OwnProcess } from '../src/drivers/own-process.ts';
import { ProcessDriver } from '../src/drivers/process.ts';
import { RestartDelay } from '../src/drivers/restart-delay.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-driver-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(source: string): Promise<URL> {
  const path = join(folder, `p${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(path, source);
  return pathToFileURL(path);
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Hears what programs of the test say, one connection each. */
async function listen(): Promise<{ server: Server; path: string; next: () => Promise<string> }> {
  const path = join(folder, 'say.sock');
  const said: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  const server = createServer((socket) => {
    socket.setEncoding('utf8').once('data', (text: string) => {
      const told = waiting.shift();
      if (told) told(text);
      else said.push(text);
    });
    socket.on('error', () => {});
  });
  server.listen(path);
  await once(server, 'listening');
  const next = () =>
    said.length > 0
      ? Promise.resolve(said.shift()!)
      : new Promise<string>((told) => waiting.push(told));
  return { server, path, next };
}

const STUBBORN = `
  import { connect } from 'node:net';
  import { spawn } from 'node:child_process';
  process.on('SIGTERM', () => {});
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const socket = connect(process.env.SAY);
  socket.write(JSON.stringify({ env: process.env, child: child.pid }));
  setInterval(() => {}, 1000);
`;

const WAITING: PoolDemand = { pool: 'local', joined: 0, unbound: 0, expected: 0, waiting: 1 };

describe('a process of ours', () => {
  it('sees nothing of our environment but where programs are', async () => {
    const { server, path, next } = await listen();
    process.env.A_SECRET_OF_OURS = 'x';
    const child = new OwnProcess({ entry: await program(STUBBORN), env: { SAY: path } });
    const { env } = JSON.parse(await next()) as { env: Record<string, string> };
    delete process.env.A_SECRET_OF_OURS;
    expect(Object.keys(env).filter((name) => !['PATH', 'TMPDIR', 'SAY'].includes(name))).toEqual(
      [],
    );
    child.kill();
    await child.ended;
    server.close();
  });

  it('is ended with everything it started, whatever it does about SIGTERM', async () => {
    const { server, path, next } = await listen();
    const stubborn = new OwnProcess({ entry: await program(STUBBORN), env: { SAY: path } });
    const { child } = JSON.parse(await next()) as { child: number };
    expect(isAlive(child)).toBe(true);
    await stubborn.stop();
    expect((await stubborn.ended).signal).toBe('SIGKILL');
    // The group is gone with its leader; the kernel may need a moment to say so.
    while (isAlive(child) && !(await isZombie(child))) await new Promise(setImmediate);
    server.close();
  });

  it('leaves its last words', async () => {
    const child = new OwnProcess({
      entry: await program(
        `process.stderr.write('x'.repeat(5000) + 'the reason'); process.exitCode = 3;`,
      ),
      env: {},
    });
    const { code, lastWords } = await child.ended;
    expect([code, lastWords.endsWith('the reason'), lastWords.length]).toEqual([3, true, 2048]);
  });
});

async function isZombie(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return / Z/.test(text.slice(text.lastIndexOf(')')));
}

describe('the process driver', () => {
  it('announces a runner, tells it where to dial, and ends it when it is done with', async () => {
    const { server, path, next } = await listen();
    const expected: ExpectedRunner[] = [];
    const forgotten = Promise.withResolvers<string>();
    const deaths: string[] = [];
    const entry = await program(`
      import { connect } from 'node:net';
      const { COFFERDAM_GATEWAY, COFFERDAM_EGRESS, COFFERDAM_JOIN_TOKEN } = process.env;
      connect(COFFERDAM_GATEWAY).write(JSON.stringify([COFFERDAM_EGRESS, COFFERDAM_JOIN_TOKEN]));
      setInterval(() => {}, 1000);
    `);
    const driver = new ProcessDriver({
      registry: {
        expect: (runner) => void expected.push(runner),
        forget: forgotten.resolve,
      },
      runnerEntry: entry,
      gatewayAddress: path,
      egressAddress: '/egress.sock',
      onDeath: (runnerId) => deaths.push(runnerId),
      pool: 'local',
      bounds: { minimum: 0, maximum: 4 },
    });
    driver.demand(WAITING);
    const [egress, token] = JSON.parse(await next()) as [string, string];
    expect(egress).toBe('/egress.sock');
    expect(token.length).toBeGreaterThanOrEqual(43);
    const [first] = expected;
    expect(first).toMatchObject({ pool: 'local', tokenSha256: hash('sha256', token) });
    driver.discard(first!.runnerId);
    expect(await forgotten.promise).toBe(first!.runnerId);
    expect([driver.size, deaths]).toEqual([0, []]);
    driver.demand(WAITING);
    await next();
    await driver.close();
    driver.demand(WAITING);
    expect(driver.size).toBe(0);
    expect(expected[1]!.tokenSha256).not.toBe(first!.tokenSha256);
    server.close();
  });

  it('starts runners later and later when they die of their start', async () => {
    const entry = await program('process.exit(1)');
    let starts = 0;
    const deaths: (() => void)[] = [];
    const driver = new ProcessDriver({
      registry: { expect: () => void starts++, forget: () => {} },
      pool: 'local',
      bounds: { minimum: 0, maximum: 4 },
      runnerEntry: entry,
      gatewayAddress: '/none',
      egressAddress: '/none',
      onDeath: () => deaths.shift()?.(),
    });
    const died = new Promise<void>((resolve) => deaths.push(resolve));
    driver.demand(WAITING);
    await died;
    driver.demand(WAITING);
    driver.demand(WAITING);
    expect([starts, driver.size]).toEqual([1, 0]);
    await driver.close();
  });
});

it('waits longer after each early death, and forgets it', () => {
  const delay = new RestartDelay();
  expect(delay.at(0)).toBe(0);
  const waits = Array.from({ length: 10 }, () => {
    delay.died(1_000, 10);
    return delay.at(1_000);
  });
  expect(waits.slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
  expect(waits.at(-1)).toBe(30_000);
  expect(delay.at(62_000)).toBe(0);
  delay.died(70_000, 60_000);
  expect(delay.at(70_000)).toBe(0);
});
