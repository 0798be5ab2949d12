import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEgress } from '@cofferdam/egress';
import { unzipSync } from 'fflate';
import {
  BROWSER_POD_METHODS,
  BrowserOpenedSchema,
  Channel,
  LASTING,
  parser,
  type BrowserAnswer,
  type BrowserArtifacts,
  type BrowserOpen,
  type EgressPolicy,
  type TicketUse,
} from '@cofferdam/protocol';

const MAIN = fileURLToPath(new URL('../src/pod/main.ts', import.meta.url));
const parseOpened = parser(BrowserOpenedSchema);
const MiB = 1024 * 1024;
const WITHIN_MS = 30_000;

/** A browser pod's process between a gateway's end, which is the test, and an egress of its own. */
export class PodRig {
  readonly gateway: Channel;
  readonly process: ChildProcess;
  /** Where it has its files. */
  readonly folder: string;
  /** Names that egress looked up: each leads to 127.0.0.1. */
  readonly lookedUp: string[];
  readonly #control: Channel;
  readonly #close: () => Promise<void>;

  private constructor(
    gateway: Channel,
    parts: {
      process: ChildProcess;
      control: Channel;
      lookedUp: string[];
      folder: string;
      close: () => Promise<void>;
    },
  ) {
    this.gateway = gateway;
    this.process = parts.process;
    this.lookedUp = parts.lookedUp;
    this.folder = parts.folder;
    this.#control = parts.control;
    this.#close = parts.close;
  }

  /** `env` is added to the pod's environment. */
  static async start(env: Record<string, string> = {}): Promise<PodRig> {
    const folder = await mkdtemp(join(tmpdir(), 'cofferdam-pod-'));
    const at = (name: string) => join(folder, name);
    const lookedUp: string[] = [];
    const egress = await startEgress({
      ...{ socket: at('egress.sock'), controlSocket: at('control.sock'), aliases: {} },
      resolver: async (name) => {
        lookedUp.push(name);
        return ['127.0.0.1'];
      },
    });
    const server = createServer();
    server.listen(at('gateway.sock'));
    const dialled = once(server, 'connection');
    const child = spawn(process.execPath, [MAIN], {
      env: {
        ...{ PATH: process.env.PATH, TMPDIR: folder },
        COFFERDAM_GATEWAY: at('gateway.sock'),
        COFFERDAM_EGRESS: at('egress.sock'),
        COFFERDAM_JOIN_TOKEN: 'a-join-token-of-a-test',
        ...env,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [socket] = await dialled;
    const gateway = new Channel(socket, { about: { role: 'gateway' } });
    const way = connect(at('control.sock'));
    await once(way, 'connect');
    const control = new Channel(way, { about: { role: 'gateway' } });
    const close = async () => {
      gateway.close();
      if (child.exitCode === null) await once(child, 'exit');
      control.close();
      server.close();
      await egress.close();
      await rm(folder, { recursive: true, force: true });
    };
    return new PodRig(gateway, { process: child, control, lookedUp, folder, close });
  }

  close(): Promise<void> {
    return this.#close();
  }

  ask(method: string, payload: unknown): Promise<unknown> {
    return this.gateway.call(method, payload, { deadlineMs: WITHIN_MS }).reply;
  }

  async ticket(policy: Partial<EgressPolicy>): Promise<string> {
    const ticket = randomBytes(16).toString('base64url');
    const whole: EgressPolicy = {
      net: [],
      allowedCIDRs: ['127.0.0.0/8'],
      maxRequests: 1_000,
      maxBytesUp: 16 * MiB,
      maxBytesDown: 64 * MiB,
      maxConcurrent: 64,
      expiresAt: Date.now() + 600_000,
      ...policy,
    };
    const opening = { ticket, policy: whole, runId: 'r-12345678', tenant: 'home' };
    await this.#control.call('ticket.open', opening, { deadlineMs: 5_000 }).reply;
    return ticket;
  }

  async used(ticket: string): Promise<TicketUse> {
    const call = this.#control.call('ticket.close', { ticket }, { deadlineMs: 5_000 });
    return (await call.reply) as TicketUse;
  }

  /** A session of the tenant `home`; resolves when it is open. */
  async open(ticket?: string, tenant = 'home', more: Partial<BrowserOpen> = {}): Promise<Guest> {
    const sessionId = randomUUID();
    const opened = Promise.withResolvers<unknown>();
    const cancel = new AbortController();
    const call = this.gateway.call(
      BROWSER_POD_METHODS.open,
      { sessionId, tenant, ...(ticket === undefined ? {} : { ticket }), ...more },
      { deadlineMs: LASTING, signal: cancel.signal, onEvent: opened.resolve },
    );
    call.reply.then(opened.resolve, opened.reject);
    parseOpened(await opened.promise);
    return new Guest(this, sessionId, { end: call.reply, close: () => cancel.abort() });
  }
}

interface Handle {
  $h: string;
}

/** What a guest's library says, by hand: handles and methods. */
export class Guest {
  readonly sessionId: string;
  readonly end: Promise<unknown>;
  readonly close: () => void;
  readonly #rig: PodRig;

  constructor(rig: PodRig, sessionId: string, of: { end: Promise<unknown>; close: () => void }) {
    this.#rig = rig;
    this.sessionId = sessionId;
    this.end = of.end;
    this.close = of.close;
    this.end.catch(() => {});
  }

  /** The answer's value, and its bytes; throws what the answer says of an error. */
  async call(object: string, method: string, ...args: unknown[]): Promise<unknown> {
    return (await this.callWithBytes(object, method, ...args)).value;
  }

  async callWithBytes(object: string, method: string, ...args: unknown[]) {
    const call = this.#rig.gateway.call(
      BROWSER_POD_METHODS.call,
      { sessionId: this.sessionId, object, method, args: JSON.stringify(args) },
      { deadlineMs: WITHIN_MS },
    );
    const pieces: Buffer[] = [];
    for await (const piece of call.data) pieces.push(piece);
    const { value, error } = (await call.reply) as BrowserAnswer;
    if (error) throw new Error(`${error.name}: ${error.message}`);
    return {
      value: value === undefined ? undefined : (JSON.parse(value) as unknown),
      bytes: Buffer.concat(pieces),
    };
  }

  /** The id of a page in a context of its own. */
  async page(options: object = {}): Promise<string> {
    const context = (await this.call('browser', 'newContext', options)) as Handle;
    return ((await this.call(context.$h, 'newPage')) as Handle).$h;
  }

  evaluate(page: string, source: string, ...args: unknown[]): Promise<unknown> {
    return this.call(page, 'evaluate', { $f: source }, ...args);
  }

  artifacts(screenshots = false): Promise<BrowserArtifacts> {
    const asked = { sessionId: this.sessionId, screenshots };
    return this.#rig.ask(BROWSER_POD_METHODS.artifacts, asked) as Promise<BrowserArtifacts>;
  }

  /** The recording, ended: its archive's files by name. */
  async trace(): Promise<{ size: number; cut: string[]; files: Record<string, Buffer> }> {
    const asked = { sessionId: this.sessionId, trace: true };
    const options = { deadlineMs: WITHIN_MS };
    const call = this.#rig.gateway.call(BROWSER_POD_METHODS.artifacts, asked, options);
    const pieces: Buffer[] = [];
    for await (const piece of call.data) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const { trace } = (await call.reply) as BrowserArtifacts;
    if (trace?.bytes !== bytes.byteLength) throw new Error('not as many bytes as it says');
    const files = Object.entries(unzipSync(bytes)).map(([name, each]) => [name, Buffer.from(each)]);
    return { size: bytes.byteLength, cut: trace.cut, files: Object.fromEntries(files) };
  }
}
