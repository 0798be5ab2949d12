import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Channel, resolveLimits, type RunRequest, type RunResult } from '@cofferdam/protocol';
import { EgressProcess } from '@cofferdam/operator';
import { CONNECTIONS, GUEST_CODE, type Work } from './workload.ts';

const RUNNER = fileURLToPath(new URL('../../../runner/src/main.ts', import.meta.url));
const EGRESS = new URL('../../../egress/src/main.ts', import.meta.url);
const HOST = '127.0.0.1';
const CALL_MS = 5_000;
const RUN_MS = 300_000;
const MAX_REQUESTS = 10_000;

/** A runner and an egress, as an instance starts them; this process is their gateway. */
export interface WayOut extends AsyncDisposable {
  /** One run that does the work, with a ticket for it. */
  run(work: Work): Promise<void>;
}

export async function startWayOut(): Promise<WayOut> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const [socketPath, controlSocketPath] = [join(folder, 'egress.sock'), join(folder, 'control')];
  const egress = new EgressProcess({ egressEntry: EGRESS, socketPath, controlSocketPath });
  stack.defer(() => egress.close());
  await egress.start();
  const control = await dial(controlSocketPath);
  stack.defer(() => control.close());
  const runner = await startRunner(stack, { folder, egress: socketPath });
  return {
    run: (work) => runWith({ control, runner }, work),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function runWith(
  { control, runner }: Record<'control' | 'runner', Channel>,
  work: Work,
): Promise<void> {
  const ticket = randomBytes(16).toString('base64url');
  const runId = `r-${randomUUID()}`;
  const opening = { ticket, runId, tenant: 'bench', policy: policyFor(work.url) };
  await control.call('ticket.open', opening, { deadlineMs: CALL_MS }).reply;
  const call = runner.call('run', requestOf({ runId, ticket, work }), { deadlineMs: RUN_MS });
  const { exitReason, error, value } = (await call.reply) as RunResult;
  await control.call('ticket.close', { ticket }, { deadlineMs: CALL_MS }).reply;
  if (exitReason === 'Completed' && value === String(work.count)) return;
  throw new Error(`the run ended as ${exitReason}: ${error?.message ?? value}`);
}

function policyFor(url: string) {
  return {
    net: [{ host: HOST, ports: [Number(new URL(url).port)] }],
    allowedCIDRs: ['127.0.0.0/8'],
    maxRequests: MAX_REQUESTS,
    maxBytesUp: 2 ** 40,
    maxBytesDown: 2 ** 40,
    maxConcurrent: CONNECTIONS,
    expiresAt: Date.now() + RUN_MS,
  };
}

interface Asked {
  runId: string;
  ticket: string;
  work: Work;
}

function requestOf({ runId, ticket, work }: Asked): RunRequest {
  return {
    ...{ runId, ticket, tenant: 'bench', name: 'bench' },
    engine: 'isolate',
    code: GUEST_CODE,
    preset: 'agent',
    reuse: 'none',
    input: JSON.stringify(work),
    limits: resolveLimits({ cpuTimeMs: 60_000, wallTimeMs: RUN_MS, bridgeCalls: 100_000 }),
  };
}

async function startRunner(
  stack: AsyncDisposableStack,
  { folder, egress }: { folder: string; egress: string },
): Promise<Channel> {
  const gateway = createServer();
  gateway.listen(join(folder, 'gateway.sock'));
  stack.defer(() => void gateway.close());
  const child = spawn(process.execPath, [RUNNER], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      COFFERDAM_GATEWAY: join(folder, 'gateway.sock'),
      COFFERDAM_EGRESS: egress,
      COFFERDAM_JOIN_TOKEN: randomUUID(),
    },
  });
  const [socket] = (await once(gateway, 'connection')) as [Socket];
  const channel = new Channel(socket);
  stack.defer(async () => {
    const ended = once(child, 'exit');
    channel.close();
    await ended;
  });
  await channel.call('bind', { tenant: 'bench' }, { deadlineMs: 10_000 }).reply;
  return channel;
}

async function dial(path: string): Promise<Channel> {
  const socket = connect(path);
  await once(socket, 'connect');
  return new Channel(socket);
}
