import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  Channel,
  readAddress,
  type EgressPolicy,
  type FetchHead,
  type FetchStart,
  type FetchUse,
  type OutgoingCall,
  type TicketOpen,
  type TicketUse,
} from '@cofferdam/protocol';
import { startEgress, type EgressOptions } from '../src/index.ts';

const MiB = 1024 * 1024;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Two socket paths in a folder that goes with the test. */
export async function socketPaths(): Promise<{ socket: string; controlSocket: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-egress-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { socket: join(folder, 'egress.sock'), controlSocket: join(folder, 'control.sock') };
}

/** Connects to a Unix socket's path or to `host:port`. */
export async function dial(address: string, about: object = {}): Promise<Channel> {
  const socket = connect(readAddress(address));
  await once(socket, 'connect');
  const channel = new Channel(socket, { about });
  onTestFinished(() => channel.close());
  return channel;
}

/** A running egress with one gateway and one runner connected. */
export async function world(options: Partial<EgressOptions> = {}): Promise<World> {
  const paths = await socketPaths();
  const egress = await startEgress({ ...paths, aliases: {}, ...options });
  onTestFinished(() => egress.close());
  return new World(paths.socket, await dial(paths.controlSocket), await dial(paths.socket));
}

export class World {
  readonly socket: string;
  readonly control: Channel;
  readonly runner: Channel;

  constructor(socket: string, control: Channel, runner: Channel) {
    this.socket = socket;
    this.control = control;
    this.runner = runner;
  }

  /** Opens a ticket for the loopback range, with budgets that are in nobody's way. */
  async open(
    policy: Partial<EgressPolicy> = {},
    more: Partial<Pick<TicketOpen, 'traceparent' | 'credentials' | 'tenant' | 'loop'>> = {},
  ): Promise<string> {
    const ticket = randomBytes(16).toString('base64url');
    await this.control.call(
      'ticket.open',
      { ticket, policy: policyOf(policy), runId: 'r-12345678', tenant: 'home', ...more },
      { deadlineMs: 5_000 },
    ).reply;
    return ticket;
  }

  async close(ticket: string): Promise<TicketUse> {
    const call = this.control.call('ticket.close', { ticket }, { deadlineMs: 5_000 });
    return (await call.reply) as TicketUse;
  }

  fetch(ticket: string, start: Partial<FetchStart>, options: FetchOptions = {}): Fetched {
    return new Fetched(options.from ?? this.runner, { ticket, ...startOf(start) }, options);
  }
}

export interface FetchOptions {
  /** Another connection than the world's runner. */
  from?: Channel;
  body?: Uint8Array[];
  signal?: AbortSignal;
}

/** One request as a runner makes it. */
export class Fetched {
  readonly call: OutgoingCall;
  readonly head: Promise<FetchHead>;

  constructor(channel: Channel, payload: unknown, { body, signal }: FetchOptions) {
    const head = Promise.withResolvers<FetchHead>();
    this.head = head.promise;
    this.head.catch(() => {});
    this.call = channel.call('fetch', payload, {
      deadlineMs: 15_000,
      ...(signal ? { signal } : {}),
      onEvent: (event) => head.resolve((event as { head: FetchHead }).head),
    });
    this.call.reply.then(
      () => head.reject(new Error('answered without a head')),
      (error: unknown) => head.reject(error),
    );
    if (body) void this.#send(body).catch(() => {});
  }

  get use(): Promise<FetchUse> {
    return this.call.reply as Promise<FetchUse>;
  }

  async bytes(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.call.data) pieces.push(piece);
    await this.call.reply;
    return Buffer.concat(pieces);
  }

  async text(): Promise<string> {
    return (await this.bytes()).toString();
  }

  async #send(body: Uint8Array[]): Promise<void> {
    for (const piece of body) await this.call.write(piece);
    this.call.end();
  }
}

export function startOf(start: Partial<FetchStart>): FetchStart {
  return {
    url: 'http://localhost/',
    method: 'GET',
    headers: [],
    redirect: 'follow',
    hasBody: false,
    ...start,
  };
}

function policyOf(policy: Partial<EgressPolicy>): EgressPolicy {
  return {
    net: [],
    allowedCIDRs: LOOPBACK,
    maxRequests: 1_000,
    maxBytesUp: 64 * MiB,
    maxBytesDown: 64 * MiB,
    maxConcurrent: 8,
    expiresAt: Date.now() + 60_000,
    ...policy,
  };
}

export interface Target {
  port: number;
  url: string;
  server: Server;
  /** Connections that were made to it, whether a request came or not. */
  connections: number;
}

/** A real HTTP server on a loopback address, gone with the test. */
export async function target(listener: RequestListener, host = '127.0.0.1'): Promise<Target> {
  const server = createServer(listener);
  const seen = await counted(server, host);
  return Object.assign(seen, { server, url: `http://${host}:${seen.port}` });
}

/** Listens on a free port and counts connections. */
export async function counted<S extends NetServer>(server: S, host = '127.0.0.1') {
  const seen = { port: 0, connections: 0 };
  server.on('connection', () => seen.connections++);
  server.listen(0, host);
  await once(server, 'listening');
  seen.port = (server.address() as AddressInfo).port;
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server) (server as unknown as Server).closeAllConnections();
  });
  return seen;
}

/** A rule that names this host with this port. */
export function only(host: string, port: number): Pick<EgressPolicy, 'net'> {
  return { net: [{ host, ports: [port] }] };
}
