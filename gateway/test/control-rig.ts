import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  API_VERSION,
  Channel,
  resolveScript,
  type CallHandler,
  type PublishedScript,
  type ResolvedScript,
} from '@cofferdam/protocol';
import { ControlServer } from '../src/control/control-server.ts';
import { controlHandlers } from '../src/control/handlers.ts';
import { OperatorLink } from '../src/control/operator-link.ts';
import { PublishedScripts } from '../src/control/published-scripts.ts';
import { POOL, rig, type Rig } from './peer.ts';

export const CONTROL_TOKEN = 'a-token-of-an-operator-that-is-long-enough';

export interface Operator {
  channel: Channel;
  socket: Socket;
  heard: { method: string; payload: unknown }[];
  call<T>(method: string, payload: unknown, signal?: AbortSignal): Promise<T>;
}

export interface ControlRig extends Rig {
  operator: OperatorLink;
  scripts: PublishedScripts;
  refusals: unknown[];
  ready: number;
  controlPath: string;
  /** Dials as an operator; its hello may be wrong. */
  dial(about?: object, handlers?: Record<string, CallHandler>): Promise<Operator>;
}

/** A gateway's core with its private port, on a socket of its own. */
export async function controlRig(): Promise<ControlRig> {
  const gateway = await rig();
  const controlPath = join(gateway.dir, 'control.sock');
  const operator = new OperatorLink();
  const { core } = gateway;
  const scripts = new PublishedScripts({ core, onRun: (run) => operator.finished(run) });
  const refusals: unknown[] = [];
  const state = { ready: 0 };
  const server = new ControlServer({
    address: controlPath,
    token: CONTROL_TOKEN,
    handlers: controlHandlers({ core, scripts, operator, onReady: () => void state.ready++ }),
    onOperator: (channel) => operator.connect(channel),
    log: (_, { code }) => refusals.push(code),
  });
  await server.listen();
  core.registry.attach(operator);
  return {
    ...gateway,
    ...{ operator, scripts, refusals, controlPath },
    get ready() {
      return state.ready;
    },
    dial: (about, handlers) => dialOperator(controlPath, about, handlers),
    async [Symbol.asyncDispose]() {
      operator.close();
      await server.close();
      await gateway[Symbol.asyncDispose]();
    },
  };
}

async function dialOperator(
  path: string,
  about: object = {},
  given: Record<string, CallHandler> = {},
): Promise<Operator> {
  const heard: Operator['heard'] = [];
  const handlers: Record<string, CallHandler> = {};
  for (const method of [
    'demand',
    'runner.discard',
    'runner.report',
    'runner.bind',
    'run.finished',
  ]) {
    handlers[method] = (call) => {
      heard.push({ method, payload: call.payload });
      return given[method]?.(call) ?? {};
    };
  }
  const socket = connect(path);
  await once(socket, 'connect');
  const channel = new Channel(socket, {
    about: { role: 'operator', token: CONTROL_TOKEN, epoch: 1, ...about },
    handlers,
  });
  return {
    ...{ channel, socket, heard },
    call: async <T>(method: string, payload: unknown, signal?: AbortSignal) => {
      const options = { deadlineMs: 10_000, ...(signal ? { signal } : {}) };
      return (await channel.call(method, payload, options).reply) as T;
    },
  };
}

export function resolved(name: string, inline = 'return 42', uid = `uid-${name}`): ResolvedScript {
  const metadata = { name, namespace: 'home' };
  const spec = { source: { inline } };
  const resource = { apiVersion: API_VERSION, kind: 'SandboxScript', metadata, spec } as const;
  return { ...resolveScript(resource, { uid, generation: 1 }), pool: POOL };
}

export function published(name: string, over: Partial<PublishedScript> = {}): PublishedScript {
  const status = { observedGeneration: 1, conditions: [], recentRuns: [] };
  const where = { namespace: 'home', name, generation: 1 };
  return { ...where, status, script: resolved(name), ...over };
}
