import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  API_VERSION,
  Channel,
  resolveLimits,
  resolvePool,
  type CallHandler,
  type ExpectedRunner,
  type ResolvedPool,
  type RunRequest,
  type RunResult,
} from '@cofferdam/protocol';
import { createTelemetry, type Telemetry } from '@cofferdam/telemetry';
import { createGatewayCore, type GatewayCore, type GatewayCoreOptions } from '../src/index.ts';
import type { RunIntent } from '../src/index.ts';
import type { RunnerRegistry } from '../src/core/runners/registry.ts';

/** A peer that speaks the real protocol over a real socket and answers as the test wants. */
export interface Peer {
  runnerId: string;
  socket: Socket;
  channel: Channel;
  /** The calls that came, in order. */
  calls: { method: string; payload: unknown }[];
}

export interface PeerScript {
  run?: CallHandler;
  handlers?: Record<string, CallHandler>;
  about?: Record<string, unknown>;
}

export const ok = (fields: Partial<RunResult> = {}): RunResult => ({
  exitReason: 'Completed',
  value: '42',
  logs: [],
  logsCut: false,
  stats: {
    cpuTimeMs: 1,
    wallTimeMs: 1,
    bridgeCalls: 0,
    outputBytes: 2,
    compileCached: false,
    warm: true,
    attempts: 1,
  },
  layers: ['isolate', 'process'],
  spans: [],
  ...fields,
});

export async function dialAs(
  socketPath: string,
  token: string,
  script: PeerScript = {},
): Promise<Omit<Peer, 'runnerId'>> {
  const calls: Peer['calls'] = [];
  const noted =
    (handler: CallHandler): CallHandler =>
    (call) => {
      calls.push({ method: call.method, payload: call.payload });
      return handler(call);
    };
  const handlers: Record<string, CallHandler> = {
    bind: () => ({}),
    run: script.run ?? (() => ok()),
    ...script.handlers,
  };
  for (const [method, handler] of Object.entries(handlers)) handlers[method] = noted(handler);
  const socket = connect(socketPath);
  await once(socket, 'connect');
  const versions = { node: process.version };
  const about = { role: 'runner', token, layers: ['process'], versions, ...script.about };
  return { socket, calls, channel: new Channel(socket, { about, handlers }) };
}

export const POOL = 'local';

/** The pool of a rig: nothing is kept ahead of a demand. */
export function testPool(over: Partial<ResolvedPool> = {}): ResolvedPool {
  const resource = {
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name: POOL },
  } as const;
  return {
    ...resolvePool({ ...resource, spec: {} }),
    warm: { minimum: 0, spare: 0, maximum: 16 },
    ...over,
  };
}

/** Announces a runner with this token; answers its id. */
export function announce(
  registry: RunnerRegistry,
  token: string,
  over: Partial<ExpectedRunner> = {},
): string {
  const runnerId = `runner-${randomBytes(6).toString('hex')}`;
  registry.expect({ runnerId, tokenSha256: hash('sha256', token), pool: POOL, ...over });
  return runnerId;
}

/** Joins as a runner that was announced. */
export async function joinAs(
  registry: RunnerRegistry,
  socketPath: string,
  script: PeerScript = {},
  over: Partial<ExpectedRunner> = {},
): Promise<Peer> {
  const token = randomBytes(32).toString('base64url');
  const runnerId = announce(registry, token, over);
  const peer = await dialAs(socketPath, token, script);
  await peer.channel.peer;
  return { runnerId, ...peer };
}

export interface Rig {
  core: GatewayCore;
  telemetry: Telemetry;
  dir: string;
  socketPath: string;
  join(script?: PeerScript, over?: Partial<ExpectedRunner>): Promise<Peer>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function tempDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cofferdam-'));
}

/** A gateway's core on a socket of its own; `dir` is kept when it was given. */
export async function rig(options: Partial<GatewayCoreOptions> = {}): Promise<Rig> {
  const dir = options.dataDir ?? (await tempDir());
  const socketPath = options.runners?.addresses?.[0] ?? join(dir, 'gateway.sock');
  const telemetry = await createTelemetry();
  const core = await createGatewayCore({
    dataDir: dir,
    telemetry,
    recordsPath: ':memory:',
    drainMs: 50,
    ...options,
    pools: options.pools ?? [testPool()],
    runners: { addresses: [socketPath], ...options.runners },
  });
  return {
    core,
    telemetry,
    dir,
    socketPath,
    join: (script, over) => joinAs(core.registry, socketPath, script, over),
    async [Symbol.asyncDispose]() {
      await core.close();
      if (options.dataDir === undefined) await rm(dir, { recursive: true });
    },
  };
}

export const intent = (fields: Partial<RunIntent> = {}): RunIntent => ({
  tenant: 'home',
  trigger: 'http',
  name: 'inline',
  engine: 'isolate',
  code: 'return 42',
  preset: 'compute',
  reuse: 'none',
  limits: resolveLimits(),
  net: [],
  maxRequests: 0,
  ...fields,
});

export const requestOf = (payload: unknown) => payload as RunRequest;
