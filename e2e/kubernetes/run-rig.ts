import { spawn, type ChildProcess } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  API_VERSION,
  resolvePool,
  resolveScript,
  type Condition,
  type ControlOutcome,
  type ControlRun,
  type ExpectedRunner,
  type ResolvedPool,
  type ResolvedScript,
  type SandboxRunSpec,
} from '@cofferdam/protocol';
import { startEgress } from '@cofferdam/egress';
import { readGatewayConfig, startClusterGateway, type Gateway } from '@cofferdam/gateway';
import { EventRecorder, type KubernetesClient } from '@cofferdam/operator/kubernetes';
import { ObjectReader } from '../../operator/src/cluster/object-reader.ts';
import { RunController } from '../../operator/src/controller/run/run-controller.ts';
import { newRunner } from '../../operator/src/drivers/new-runner.ts';
import { Gateways } from '../../operator/src/gateways/gateways.ts';
import { systemClock } from '../../operator/src/schedule/clock.ts';

const CONTROL_TOKEN = 'a-token-of-an-operator-that-is-long-enough';
const EGRESS_TOKEN = 'a-token-of-a-gateway-that-is-long-enough-too';
const RUNNER_MAIN = fileURLToPath(new URL('../../runner/src/main.ts', import.meta.url));

/** The one tenant whose runs the rig's runner takes. */
export const NAMESPACE = 'home';

export interface Published {
  script?: ResolvedScript;
  conditions: Condition[];
}

export function pool(): ResolvedPool {
  return resolvePool({
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name: 'default' },
    spec: {
      warm: { minimum: 0, spare: 4, maximum: 8 },
      egress: { allowedCIDRs: ['127.0.0.1/32'] },
    },
  });
}

export function published(name: string, inline: string, input?: unknown): Published {
  const resource = {
    apiVersion: API_VERSION,
    kind: 'SandboxScript' as const,
    metadata: { name, namespace: NAMESPACE },
    spec: { source: { inline }, ...(input === undefined ? {} : { input }) },
  } as const;
  const script = resolveScript(resource, { uid: `uid-of-${name}`, generation: 1 });
  return { script: { ...script, pool: 'default' }, conditions: [] };
}

/** A run of its own script, which may last 20 s. */
export const inline = (code: string, rest: Partial<SandboxRunSpec> = {}): SandboxRunSpec => ({
  script: { source: { inline: code }, preset: 'web', limits: { wallTime: '20s' } },
  ...rest,
});

/** A SandboxRun, for kubectl. */
export const document = (name: string, spec: SandboxRunSpec, metadata: object = {}) =>
  JSON.stringify({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxRun',
    metadata: { name, ...metadata },
    spec,
  });

/** One operator's life: the controller of runs, with what it needs around it. */
export interface RunOperator {
  controller: RunController;
  scripts: Map<string, Published>;
  pools: ResolvedPool[];
  asked: ControlRun[];
  errors: unknown[];
  /** Told before a gateway is asked. */
  onAsk: () => void;
  /** Told when a gateway has answered. */
  onAnswer: (outcome: ControlOutcome) => void;
  /** Ends like a process that is killed: nothing is written, the gateways hear nothing. */
  crash(): Promise<void>;
}

/** A real gateway with a real runner, and operators that come and go. */
export class RunRig {
  gateway!: Gateway;
  #folder = '';
  #egress: Awaited<ReturnType<typeof startEgress>> | undefined;
  #runner: ChildProcess | undefined;
  #expected: ExpectedRunner | undefined;
  #epoch = 0;
  readonly #ports: number[] = [];
  readonly #alive = new Set<RunOperator>();

  async start(): Promise<void> {
    this.#folder = await mkdtemp(path.join(tmpdir(), 'cofferdam-runs-'));
    this.#ports.push(...(await freePorts(4)));
    const [, , egress, egressControl] = this.#ports;
    this.#egress = await startEgress({
      socket: `127.0.0.1:${egress}`,
      controlSocket: `127.0.0.1:${egressControl}`,
      controlTokenSha256: hash('sha256', EGRESS_TOKEN),
      aliases: {},
    });
    this.gateway = await this.#startGateway();
    this.#startRunner();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#alive].map((operator) => operator.crash()));
    this.#runner?.kill('SIGKILL');
    await this.gateway.close();
    await this.#egress?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Runs that this gateway has had. */
  async total(): Promise<number> {
    return (await this.gateway.core.stats()).runs.total;
  }

  async operator(
    client: KubernetesClient,
    over: { scripts?: Map<string, Published>; pools?: ResolvedPool[] } = {},
  ): Promise<RunOperator> {
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const gateways = this.#connect(onError);
    const events = { controller: 'cofferdam.dev/operator', instance: 'test' };
    const recorder = new EventRecorder({ client, ...events, onError });
    const operator: RunOperator = {
      controller: undefined as never,
      scripts: over.scripts ?? new Map<string, Published>(),
      pools: over.pools ?? [pool()],
      asked: [],
      errors,
      onAsk: () => {},
      onAnswer: () => {},
      crash: async () => {
        if (!this.#alive.delete(operator)) return;
        await operator.controller.close();
        gateways.close();
        objects.close();
        await recorder.close();
      },
    };
    const objects = new ObjectReader({
      ...{ client, onError, clock: systemClock },
      isUsed: () => false,
      onChange: () => operator.controller.notice(),
    });
    operator.controller = new RunController({
      ...{ client, recorder, objects, onError },
      namespaces: [NAMESPACE],
      script: (key) => operator.scripts.get(key),
      pools: () => operator.pools,
      run: async (ask, signal) => {
        operator.asked.push(ask);
        operator.onAsk();
        const outcome = await gateways.run(ask, signal);
        operator.onAnswer(outcome);
        return outcome;
      },
    });
    this.#alive.add(operator);
    await operator.controller.start();
    return operator;
  }

  #connect(onError: (error: unknown) => void): Gateways {
    this.#epoch += 1;
    const bind = async (runnerId: string, owner: ExpectedRunner['owner']) => {
      if (this.#expected?.runnerId === runnerId && owner) this.#expected.owner = owner;
    };
    const gateways = new Gateways({
      token: CONTROL_TOKEN,
      epoch: this.#epoch,
      events: { onDemand: () => {}, onReport: () => {}, onDiscard: () => {}, bind },
      onRun: () => {},
      onError,
    });
    gateways.setPools([pool()]);
    gateways.expect(this.#expected!);
    gateways.setEndpoints([{ address: `127.0.0.1:${this.#ports[1]}`, ready: true }]);
    gateways.start();
    return gateways;
  }

  #startGateway(): Promise<Gateway> {
    const [runners, control, , egressControl] = this.#ports;
    return startClusterGateway({
      config: readGatewayConfig({}, { port: 0, rateLimit: 0, drainMs: 1_000 }),
      cluster: {
        dataDir: this.#folder,
        runnerListen: `127.0.0.1:${runners}`,
        controlListen: `127.0.0.1:${control}`,
        egressControl: `127.0.0.1:${egressControl}`,
        egressTokenFile: '/none',
        lameDuckMs: 0,
      },
      controlToken: CONTROL_TOKEN,
      egressToken: EGRESS_TOKEN,
      log: () => {},
    });
  }

  #startRunner(): void {
    const { runnerId, token, tokenSha256 } = newRunner('pod');
    this.#expected = { runnerId, tokenSha256, pool: 'default', lasting: true };
    const env = {
      COFFERDAM_GATEWAY: `127.0.0.1:${this.#ports[0]}`,
      COFFERDAM_EGRESS: `127.0.0.1:${this.#ports[2]}`,
      COFFERDAM_JOIN_TOKEN: token,
      COFFERDAM_REDIAL: 'true',
    };
    this.#runner = spawn(process.execPath, [RUNNER_MAIN], { env, stdio: 'inherit' });
  }
}

/** Held open together, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
