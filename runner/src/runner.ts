import { release } from 'node:os';
import {
  CofferdamError,
  DEFAULT_LIMITS,
  LAYERS,
  Link,
  parser,
  type CallHandler,
  type Engine as EngineName,
  type IncomingCall,
  type Layer,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { Compiler } from './compiler/client.ts';
import type { RunnerConfig } from './config.ts';
import { probe } from './probe.ts';
import type { Engine } from './engines/engine.ts';
import { DenoEngine } from './engines/deno/engine.ts';
import { IsolateEngine } from './engines/isolate/engine.ts';
import { WasmEngine } from './engines/wasm/engine.ts';
import { RunService } from './run-service.ts';
import { RuntimeKeeper } from './runtimes/keeper.ts';
import { validate } from './validate.ts';
import { versions } from './versions.ts';
import { WasmModules } from './wasm-modules.ts';

/** What the gateway may ask at once: a run is one call, a runtime one, and each of its evals. */
const MAX_CALLS = 2_048;

const parseBind = parser(Type.Object({ tenant: Type.String({ minLength: 1, maxLength: 128 }) }));

/** A runner, connected to its gateway and egress. It ends with its gateway's connection. */
export interface Runner {
  /** Resolves when the gateway is gone for good. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export async function startRunner(config: RunnerConfig): Promise<Runner> {
  const compiler = new Compiler();
  const isolate = isolateEngine(config);
  const wasm = new WasmEngine();
  const engines = { isolate, deno: denoEngine(config), wasm };
  // Egress knows runs by their tickets: the join token is the gateway's alone.
  const { redial } = config;
  const egress = await Link.open({
    ...{ address: config.egress, redial, about: { role: 'runner' } },
    // As long as there is a gateway there are runs, and some of them ask for nothing of the world.
    giveUpMs: Number.POSITIVE_INFINITY,
  });
  const layers = outerLayers(config);
  const wasmModules = new WasmModules(() => gateway.channel);
  const service = new RunService({
    ...{ engines, compiler, wasmModules },
    egress: () => egress.channel,
    gateway: () => gateway.channel,
    outerLayers: layers,
  });
  const keeper = new RuntimeKeeper({
    compiler,
    layers: ['isolate', 'process', ...layers],
    egress: () => egress.channel,
  });
  const embedders = keeper.connect(() => gateway.channel, 'the tenant');
  const gateway = await Link.open({
    address: config.gateway,
    redial,
    about: about(config),
    maxInFlight: MAX_CALLS,
    handlers: {
      bind: (call: IncomingCall) => {
        service.bind(parseBind(call.payload).tenant);
        return {};
      },
      run: (call: IncomingCall) => service.run(call),
      validate: (call: IncomingCall) => validate(compiler, call.payload),
      'wasm.inspect': async (call: IncomingCall) => {
        const { digest } = parseInspect(call.payload);
        return wasm.inspect(await wasmModules.bytes(digest), digest);
      },
      probe: (call: IncomingCall) => probe({ isolate, compiler }, call.payload),
      stats: () => stats(engines),
      ...onceBound(service, embedders.handlers),
    },
  });
  compiler.warm();
  isolate.warm();
  return {
    ended: gateway.ended,
    close: async () => {
      gateway.close();
      egress.close();
      await Promise.all([
        keeper.close(),
        compiler.close(),
        ...Object.values(engines).map((engine) => engine.close()),
      ]);
    },
  };
}

/** No guest runs before the runner is somebody's. */
function onceBound(service: RunService, handlers: Record<string, CallHandler>) {
  const guarded = Object.entries(handlers).map(([method, handler]) => [
    method,
    (call: IncomingCall) => {
      if (!service.isBound)
        throw new CofferdamError('PROTOCOL_VIOLATION', 'the runner is nobody’s');
      return handler(call);
    },
  ]);
  return Object.fromEntries(guarded) as Record<string, CallHandler>;
}

const parseInspect = parser(Type.Object({ digest: Type.String({ pattern: '^[0-9a-f]{64}$' }) }));

function isolateEngine(config: RunnerConfig): IsolateEngine {
  return new IsolateEngine({
    processes: config.isolateProcesses,
    maxProcesses: config.maxIsolateProcesses,
    runsPerProcess: config.runsPerProcess,
    sparesPerProfile: config.sparesPerProfile,
    expected: [{ preset: 'compute', limits: DEFAULT_LIMITS }],
  });
}

function denoEngine({ denoSpares, denoPath }: RunnerConfig): DenoEngine {
  return new DenoEngine({ spare: denoSpares, ...(denoPath ? { denoPath } : {}) });
}

function about(config: RunnerConfig) {
  const layers: Layer[] = ['process', ...outerLayers(config)];
  return {
    role: 'runner',
    token: config.joinToken,
    layers,
    versions: { ...versions(), ...gvisorVersion(layers, config) },
  };
}

/** A kernel of gVisor's says of itself no more than which Linux it is like. */
function gvisorVersion(layers: readonly Layer[], config: RunnerConfig): { gvisor?: string } {
  return layers.includes('gvisor') ? { gvisor: config.gvisorVersion ?? release() } : {};
}

function outerLayers({ outerLayers: text }: RunnerConfig): Layer[] {
  const names = text.split(',').filter((name) => name !== '');
  const known: readonly string[] = LAYERS;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown) throw new CofferdamError('INVALID_CONFIG', `outerLayers: '${unknown}' is no layer`);
  return names as Layer[];
}

function stats(engines: Record<EngineName, Engine>) {
  const entries = Object.entries(engines).map(([name, engine]) => [name, engine.stats()]);
  return { engines: Object.fromEntries(entries), rssBytes: process.memoryUsage.rss() };
}
