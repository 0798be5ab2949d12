import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Channel, DEFAULT_LIMITS, type RunRequest, type RunResult } from '@cofferdam/protocol';
import type { Contender } from '../contender.ts';
import { BODY, checkResult, INPUT } from '../workload.ts';

const HERE = new URL('../../../', import.meta.url);

/** One runner spoken to over its own frames, as the gateway does: the cost without HTTP. Of another checkout where one is named. */
export async function runnerOnly(root = HERE): Promise<Contender> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
  const gateway = await listen(join(folder, 'gateway.sock'));
  const egress = await listen(join(folder, 'egress.sock'));
  const child = spawn(process.execPath, [fileURLToPath(new URL('runner/src/main.ts', root))], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      COFFERDAM_GATEWAY: join(folder, 'gateway.sock'),
      COFFERDAM_EGRESS: join(folder, 'egress.sock'),
      COFFERDAM_JOIN_TOKEN: randomUUID(),
    },
  });
  const channel = await gateway.connected;
  await channel.call('bind', { tenant: 'bench' }, { deadlineMs: 10_000 }).reply;
  return {
    name: 'Cofferdam runner, no HTTP',
    about: 'run frames on a Unix socket to one runner',
    samples: 800,
    once: async () => {
      const call = channel.call('run', request(), { deadlineMs: 10_000 });
      const result = (await call.reply) as RunResult;
      checkResult(JSON.parse(result.value ?? 'null'));
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      channel.close();
      await ended;
      gateway.server.close();
      egress.server.close();
      await rm(folder, { recursive: true });
    },
  };
}

function request(): RunRequest {
  return {
    runId: `r-${randomUUID()}`,
    tenant: 'bench',
    name: 'bench',
    engine: 'isolate',
    code: BODY,
    preset: 'compute',
    reuse: 'none',
    input: JSON.stringify(INPUT),
    limits: DEFAULT_LIMITS,
  };
}

async function listen(path: string): Promise<{ server: Server; connected: Promise<Channel> }> {
  const { promise: connected, resolve } = Promise.withResolvers<Channel>();
  const server = createServer((socket) => resolve(new Channel(socket)));
  await new Promise<void>((done) => server.listen(path, done));
  return { server, connected };
}
