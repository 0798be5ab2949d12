import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { controllerArguments, etcdArguments, serverArguments } from './api-server/arguments.ts';
import { Component, launch } from './api-server/component.ts';
import { writeFiles } from './api-server/files.ts';
import { build, environment } from './build.ts';
import { run } from './command.ts';

export interface ApiServerOptions {
  /** Also run the controller manager: namespaces get their service accounts, owners' dependents are collected. */
  readonly controllers?: boolean;
  /** False: watches are answered from etcd, so that one from before a `compact()` gets 410 Gone without a restart. */
  readonly watchCache?: boolean;
}

/** etcd and kube-apiserver alone, on ports of their own: enough for a controller, and there in about 3 s. */
export interface ApiServer {
  readonly kubeconfig: string;
  readonly url: string;
  /** Environment for child processes: KUBECONFIG, and PATH with kubectl. */
  readonly env: NodeJS.ProcessEnv;
  /** Each request as one JSON audit event on a line of its own. */
  readonly auditLog: string;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** SIGKILL; its address refuses connections until `restart()`. */
  kill(): Promise<void>;
  /** Kills it, if it still runs, and starts it again at the same address with the same state. */
  restart(): Promise<void>;
  /** SIGSTOP: connections are taken, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Has etcd forget all history: what asks for an old revision of it gets 410 Gone. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one; the processes end with this one at the latest. Needs no root. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const bin = await build();
  const folder = await mkdtemp(path.join(tmpdir(), 'cofferdam-api-server-'));
  const [etcdPort, peerPort, port] = await freePorts(3);
  const token = randomBytes(24).toString('hex');
  const url = `https://127.0.0.1:${port}`;
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const kubeconfig = path.join(folder, 'kubeconfig');
  const auditLog = path.join(folder, 'audit.log');
  const env = { ...environment(bin), KUBECONFIG: kubeconfig };
  await writeFiles({ folder, token, url });
  const component = (name: string, args: readonly string[]): Component =>
    new Component(async () => launch({ bin, folder, name, args }));
  const etcd = component('etcd', etcdArguments(etcdUrl, `http://127.0.0.1:${peerPort}`));
  const server = component('kube-apiserver', [
    ...serverArguments(folder, etcdUrl, String(port)),
    `--watch-cache=${options.watchCache ?? true}`,
    `--audit-log-path=${auditLog}`,
    `--audit-policy-file=${path.join(import.meta.dirname, 'config', 'audit.yaml')}`,
  ]);
  const controllers = component('kube-controller-manager', controllerArguments(folder, kubeconfig));
  const startServer = async (): Promise<void> => {
    await server.start();
    await ready({ url, token, folder, server });
  };
  const stop = async (): Promise<void> => {
    for (const each of [controllers, server, etcd]) await each.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await etcd.start();
    await startServer();
    if (options.controllers === true) await controllers.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kubeconfig,
    url,
    env,
    auditLog,
    stop,
    kubectl: async (args, input) =>
      run('kubectl', args, { env, ...(input === undefined ? {} : { input }) }),
    kill: async () => server.kill(),
    restart: async () => {
      await server.kill();
      await startServer();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    compact: async () => compact(etcdUrl),
  };
}

async function ready(about: {
  url: string;
  token: string;
  folder: string;
  server: Component;
}): Promise<void> {
  while (!(await answers(about))) {
    if (about.server.ended) {
      const log = await readFile(path.join(about.folder, 'kube-apiserver.log'), 'utf8');
      throw new Error(`kube-apiserver ended: ${log.slice(-2000)}`);
    }
    await sleep(50);
  }
}

async function answers(about: { url: string; token: string; folder: string }): Promise<boolean> {
  try {
    const ca = await readFile(path.join(about.folder, 'apiserver.crt'));
    const headers = { authorization: `Bearer ${about.token}` };
    const asked = request(`${about.url}/readyz`, { ca, headers, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode === 200;
  } catch {
    return false;
  }
}

async function compact(etcd: string): Promise<void> {
  const post = async (method: string, body: object): Promise<unknown> => {
    const response = await fetch(`${etcd}/v3/${method}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`etcd ${method}: ${await response.text()}`);
    return response.json();
  };
  const status = (await post('maintenance/status', {})) as { header: { revision: string } };
  await post('kv/compaction', { revision: status.header.revision, physical: true });
}

/** Held open together, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(async (server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map(async (server) => once(server.close(), 'close')));
  return ports;
}
