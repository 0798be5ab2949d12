import { hash } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  API_VERSION,
  CofferdamError,
  resolvePool,
  resolveScript,
  type ExpectedRunner,
  type PublishedScript,
  type ResolvedPool,
  type RunnerOwner,
  type RunnerReport,
  type SandboxScript,
} from '@cofferdam/protocol';
import { startEgress } from '@cofferdam/egress';
import { readGatewayConfig, startClusterGateway, type Gateway } from '@cofferdam/gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRunner } from '../src/drivers/new-runner.ts';
import type { ControlNotice } from '../src/gateways/finished-run.ts';
import { Gateways } from '../src/gateways/gateways.ts';

const CONTROL_TOKEN = 'a-token-of-an-operator-that-is-long-enough';
const EGRESS_TOKEN = 'a-token-of-a-gateway-that-is-long-enough-too';
/** A runner starts in a second on an idle machine. */
const PATIENT = { timeout: 15_000 };
const RUNNER_MAIN = fileURLToPath(new URL('../../runner/src/main.ts', import.meta.url));

type Egress = Awaited<ReturnType<typeof startEgress>>;

interface Ports {
  runners: number;
  control: number;
  egress: number;
  egressControl: number;
}

let dir: string;
let ports: Ports;
let egress: Egress;
let gateway: Gateway;
const runners: ChildProcess[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cofferdam-'));
  ports = {
    runners: await freePort(),
    control: await freePort(),
    egress: await freePort(),
    egressControl: await freePort(),
  };
  egress = await startEgress({
    socket: `127.0.0.1:${ports.egress}`,
    controlSocket: `127.0.0.1:${ports.egressControl}`,
    controlTokenSha256: hash('sha256', EGRESS_TOKEN),
    aliases: {},
  });
  gateway = await startGateway();
});
afterAll(async () => {
  for (const runner of runners) runner.kill('SIGKILL');
  await gateway.close();
  await egress.close();
  await rm(dir, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function startGateway(): Promise<Gateway> {
  return startClusterGateway({
    config: readGatewayConfig({}, { port: 0, rateLimit: 0, drainMs: 1_000 }),
    cluster: {
      dataDir: dir,
      runnerListen: `127.0.0.1:${ports.runners}`,
      controlListen: `127.0.0.1:${ports.control}`,
      egressControl: `127.0.0.1:${ports.egressControl}`,
      egressTokenFile: '/none',
      lameDuckMs: 0,
    },
    controlToken: CONTROL_TOKEN,
    egressToken: EGRESS_TOKEN,
    log: () => {},
  });
}

/** What an operator would decide, noted. */
class Decisions {
  readonly reports: RunnerReport[] = [];
  readonly bound: [string, RunnerOwner][] = [];
  readonly discarded: string[] = [];
  readonly runs: ControlNotice[] = [];
  refuse: CofferdamError | undefined;

  onDemand() {}
  onReport(report: RunnerReport) {
    this.reports.push(report);
  }
  onDiscard(runnerId: string) {
    this.discarded.push(runnerId);
  }
  bind(runnerId: string, owner: RunnerOwner): Promise<void> {
    if (this.refuse) return Promise.reject(this.refuse);
    this.bound.push([runnerId, owner]);
    return Promise.resolve();
  }
}

function operator(epoch: number, decisions = new Decisions(), token = CONTROL_TOKEN) {
  const gateways = new Gateways({
    token,
    epoch,
    events: decisions,
    onRun: (run) => decisions.runs.push(run),
    onError: () => {},
  });
  gateways.setPools([pool()]);
  gateways.setEndpoints([{ address: `127.0.0.1:${ports.control}`, ready: true }]);
  return { gateways, decisions };
}

function pool(): ResolvedPool {
  return resolvePool({
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name: 'default' },
    spec: { warm: { minimum: 0, spare: 4, maximum: 8 } },
  });
}

function published(name: string, inline: string): PublishedScript {
  const spec = { source: { inline } };
  const resource: SandboxScript = {
    apiVersion: API_VERSION,
    kind: 'SandboxScript',
    metadata: { name, namespace: 'home' },
    spec,
  };
  const identity = { uid: `uid-of-${name}`, generation: 1 };
  const script = { ...resolveScript(resource, identity), pool: 'default' };
  const status = { observedGeneration: 1, conditions: [], recentRuns: [] };
  return { namespace: 'home', name, generation: 1, spec, status, script };
}

/** A real runner, which dials again when its gateway is gone. */
function startRunner(): Pick<ExpectedRunner, 'runnerId' | 'tokenSha256'> {
  const { runnerId, token, tokenSha256 } = newRunner('pod');
  const env = {
    COFFERDAM_GATEWAY: `127.0.0.1:${ports.runners}`,
    COFFERDAM_EGRESS: `127.0.0.1:${ports.egress}`,
    COFFERDAM_JOIN_TOKEN: token,
    COFFERDAM_REDIAL: 'true',
  };
  runners.push(spawn(process.execPath, [RUNNER_MAIN], { env, stdio: 'inherit' }));
  return { runnerId, tokenSha256 };
}

describe('an operator and a gateway', () => {
  it('know each other by a token and nothing else', async () => {
    const { gateways } = operator(1, new Decisions(), 'another-token-that-is-long-enough-for-it');
    gateways.start();
    const run = gateways.run(
      { script: { namespace: 'home', name: 'none' }, trigger: 'manual' },
      AbortSignal.timeout(500),
    );
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(gateways.connected).toBe(0);
    gateways.close();
  });

  it('bring runs to a runner, through the absence of either', async () => {
    const { gateways, decisions } = operator(2);
    const runner = { ...startRunner(), pool: 'default', lasting: true };
    gateways.expect({ ...runner, mustNotReach: ['127.0.0.1:1'] });
    gateways.put('home/answer', published('answer', 'return input.n * 2'));
    gateways.start();
    const ask = { script: { namespace: 'home', name: 'answer' }, trigger: 'manual' as const };
    const outcome = await gateways.run({ ...ask, input: { n: 21 } });
    expect(outcome.result).toMatchObject({ exitReason: 'Completed', value: '42' });
    expect(decisions.reports[0]).toMatchObject({ works: true, ready: true, reached: [] });
    const owner = { tenant: 'home' };
    expect(decisions.bound).toEqual([[runner.runnerId, owner]]);

    // The gateway is replaced: the runner dials the next one, which is told whose it is.
    gateways.expect({ ...runner, owner });
    await gateway.close();
    gateway = await startGateway();
    const again = await gateways.run({ ...ask, input: { n: 4 } });
    expect(again.result.value).toBe('8');
    expect(decisions.bound).toHaveLength(1);
    expect(decisions.discarded).toEqual([]);

    // The operator is away: what it published last stays, and it is told of the runs later.
    gateways.close();
    const body = JSON.stringify({ input: { n: 5 } });
    const run = await fetch(`${gateway.url}/v1/namespaces/home/scripts/answer/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(await run.json()).toMatchObject({ result: 10 });
    const next = operator(3);
    next.gateways.expect({ ...runner, owner });
    next.gateways.start();
    await expect.poll(() => next.decisions.runs, PATIENT).toMatchObject([{ name: 'answer' }]);
    // It published nothing: nothing is left.
    const gone = await fetch(`${gateway.url}/v1/namespaces/home/scripts/answer`);
    expect(gone.status).toBe(404);

    // An operator that was replaced is not listened to any more.
    const late = operator(2);
    late.gateways.put('home/answer', published('answer', 'return 0'));
    late.gateways.start();
    const refused = late.gateways.run(ask, AbortSignal.timeout(500));
    await expect(refused).rejects.toMatchObject({ code: 'CANCELLED' });
    late.gateways.close();
    next.gateways.close();
  });

  it('use no runner whose way out is open, and none that could not be written down', async () => {
    const { gateways, decisions } = operator(4);
    const open = startRunner();
    const closed = startRunner();
    const reachable = `127.0.0.1:${ports.control}`;
    gateways.expect({ ...open, pool: 'default', lasting: true, mustNotReach: [reachable] });
    gateways.expect({ ...closed, pool: 'default', lasting: true, mustNotReach: [] });
    decisions.refuse = new CofferdamError('FORBIDDEN', 'it is of another tenant');
    gateways.start();
    await expect.poll(() => decisions.reports.length, PATIENT).toBeGreaterThanOrEqual(2);
    const reports = Object.fromEntries(decisions.reports.map((one) => [one.runnerId, one]));
    expect(reports[open.runnerId]).toMatchObject({ ready: false, reached: [reachable] });
    expect(reports[closed.runnerId]).toMatchObject({ ready: true });
    const script = { ...published('other', 'return 1').script!, namespace: 'elsewhere' };
    const limits = { ...script.limits, wallTimeMs: 1 };
    const asked = gateways.run({ script: { ...script, limits }, trigger: 'manual' });
    // The runner that could not be bound is ended, and the other one is not used in its place.
    await expect.poll(() => decisions.discarded, PATIENT).toEqual([closed.runnerId]);
    gateways.close();
    await asked.catch(() => {});
  });
});
