import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel, readAddress, type ChannelOptions } from '@cofferdam/protocol';

/**
 * Hostile code in a runner's place: it has the pod, its address and its join token, and tries what they are good for.
 * One line for each try, like those of native.c; `done` last.
 */
interface Targets {
  /** A file of the machine. */
  hostFile: string;
  /** What must not be connected to, `host:port`, by what it is. */
  closed: Record<string, string[]>;
  /** Name servers, `host:port`. */
  resolvers: string[];
}

type Outcome = string | undefined;

const CONNECT_MS = 2_000;
/** Nobody may reach it here: the tests try. */
const LISTEN_PORT = 8_088;
const here = (name: string) => new URL(name, import.meta.url);
const targets = JSON.parse(readFileSync(here('targets.json'), 'utf8')) as Targets;
const { COFFERDAM_GATEWAY: gateway = '', COFFERDAM_EGRESS: egress = '' } = process.env;
const token = process.env.COFFERDAM_JOIN_TOKEN ?? '';

/** What a token of ours could be good for at a part's door, besides being a runner. */
const METHODS = [
  ...['ticket.open', 'ticket.renew', 'ticket.close', 'fetch', 'websocket', 'tunnel'],
  ...['catalogue.replace', 'runners.expect', 'runners.forget', 'bind', 'run', 'probe', 'stats'],
  ...['runtime.open', 'session.acquire', 'session.dispose', 'prefix.open', 'server.request'],
];

async function tries(): Promise<void> {
  process.stdout.write(
    execFileSync(new URL('native', import.meta.url).pathname, [targets.hostFile], {
      encoding: 'utf8',
    }),
  );
  // What is dropped is answered by nobody, for as long as one waits: all wait together.
  const connects = Object.entries(targets.closed).map(([name, addresses]) =>
    tell(`connect to ${name}`, firstOf(addresses.map(reached))),
  );
  await Promise.all([
    ...connects,
    tell('ask a name server by UDP', firstOf(targets.resolvers.map(answeredByUdp))),
    tell('ask a name server by TCP', firstOf(targets.resolvers.map(reached))),
    tell('look up a name', firstOf(['kubernetes.default.svc', 'example.com'].map(lookedUp))),
  ]);
  await tell('have a service account', Promise.resolve(serviceAccount()));
  await tell("have another's setting", Promise.resolve(foreignSettings()));
  await withGateway(async (channel) => {
    await tell('call the gateway as a runner that is nobody’s', calledAny(channel));
  });
  await tell('dial the gateway as a browser pod', greeted(gateway, { role: 'browser' }));
  await tell('dial the gateway as an operator', greeted(gateway, { role: 'operator' }));
  await tell(
    'dial the gateway with a token of one’s own',
    greeted(gateway, { token: 'a'.repeat(43) }),
  );
  await tell('call egress with the join token', calledEgress());
}

async function tell(name: string, outcome: Promise<Outcome>): Promise<void> {
  const had = await outcome;
  process.stdout.write(`${name}\t${had === undefined ? 'held' : `through\t${had}`}\n`);
}

/** The first that got through. */
async function firstOf(outcomes: Promise<Outcome>[]): Promise<Outcome> {
  return (await Promise.all(outcomes)).find((outcome) => outcome !== undefined);
}

function reached(address: string): Promise<Outcome> {
  const [, host = '', port = ''] = /^\[?([^\]]+)\]?:(\d+)$/.exec(address) ?? [];
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: CONNECT_MS });
    socket.once('connect', () => (socket.destroy(), resolve(address)));
    for (const event of ['timeout', 'error']) {
      socket.once(event, () => (socket.destroy(), resolve(undefined)));
    }
  });
}

/** A question for example.com's address, as any resolver would send it. */
async function answeredByUdp(address: string): Promise<Outcome> {
  const question = Buffer.from('123401000001000000000000076578616d706c6503636f6d0000010001', 'hex');
  const [host = '', port = ''] = address.split(':');
  const socket = createSocket('udp4');
  const answer = new Promise<string>((resolve) => socket.once('message', () => resolve(address)));
  socket.on('error', () => {});
  socket.send(question, Number(port), host, () => {});
  const outcome = await Promise.race([answer, sleep(CONNECT_MS).then(() => undefined)]);
  socket.close();
  return outcome;
}

async function lookedUp(name: string): Promise<Outcome> {
  const late = sleep(CONNECT_MS).then(() => undefined);
  const found = lookup(name).then(({ address }) => `${name} is ${address}`);
  return Promise.race([found.catch(() => undefined), late]);
}

function serviceAccount(): Outcome {
  const folders = [
    '/var/run/secrets/kubernetes.io',
    '/run/secrets/kubernetes.io',
    '/var/run/secrets/tokens',
  ];
  return folders.find((folder) => existsSync(folder));
}

/** Its own are the two addresses, what it is to be, and its token. */
function foreignSettings(): Outcome {
  const own = /^(COFFERDAM_|PATH$|HOME$|HOSTNAME$|NODE_VERSION$|PWD$|KUBERNETES_)/;
  return Object.keys(process.env).find((name) => !own.test(name));
}

async function withGateway(use: (channel: Channel) => Promise<void>): Promise<void> {
  const channel = dial(gateway, { about: hello({}) });
  await channel.peer;
  await use(channel);
  channel.close();
}

function dial(address: string, options: ChannelOptions): Channel {
  const socket = connect(readAddress(address));
  socket.on('error', () => {});
  return new Channel(socket, options);
}

function hello(more: object) {
  return { role: 'runner', token, layers: ['process'], versions: {}, ...more };
}

async function greeted(address: string, more: object): Promise<Outcome> {
  const channel = dial(address, { about: hello(more), helloWithinMs: CONNECT_MS });
  const outcome = await channel.peer.then(
    () => 'it said hello',
    () => undefined,
  );
  channel.close();
  return outcome;
}

function calledAny(channel: Channel, payload: object = {}): Promise<Outcome> {
  return firstOf(
    METHODS.map((method) =>
      channel.call(method, payload, { deadlineMs: CONNECT_MS }).reply.then(
        () => method,
        () => undefined,
      ),
    ),
  );
}

/** With the token for a ticket, and with a ticket of its own making. */
async function calledEgress(): Promise<Outcome> {
  const channel = dial(egress, { about: { role: 'gateway', token } });
  await channel.peer;
  const fetches = { url: 'http://demo/api/health', method: 'GET', headers: [], hasBody: false };
  const policy = {
    net: [{ host: 'demo' }],
    ...{ allowedCIDRs: ['0.0.0.0/0'], maxRequests: 9, maxBytesUp: 9_999, maxBytesDown: 9_999 },
    ...{ maxConcurrent: 9, expiresAt: Date.now() + 60_000 },
  };
  const ticket = 'b'.repeat(43);
  const outcome = await firstOf([
    calledAny(channel, { ticket, policy, runId: 'stand-in-run' }),
    calledAny(channel, { ticket: token, redirect: 'follow', ...fetches }),
    calledAny(channel, { ticket, redirect: 'follow', ...fetches }),
  ]);
  channel.close();
  return outcome;
}

createServer((socket) => socket.end('reached')).listen(LISTEN_PORT, '0.0.0.0');
await tries();
process.stdout.write('done\n');
