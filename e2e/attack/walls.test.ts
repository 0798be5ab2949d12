import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpFailures } from '../install/failures.ts';
import { GatewayClient } from '../install/gateway-client.ts';
import {
  install,
  NAMESPACE,
  RELEASE,
  RUNNERS,
  type Installation,
} from '../install/installation.ts';
import { condition } from '../install/resources.ts';
import { machineTargets } from './machine-targets.ts';
import {
  PRIVATE_ADDRESSES,
  PRIVATE_PORT,
  REDIRECTOR,
  startPrivateNetwork,
  type PrivateNetwork,
} from './private-network.ts';
import { urlsOf } from './spellings.ts';

const PATIENT = { timeout: 60_000, interval: 250 };
const REDIRECTS = [301, 302, 303, 307, 308];
const PRIVATE = PRIVATE_ADDRESSES.map((address) => `${address}:${PRIVATE_PORT}`);
const WITHOUT_POLICY = [
  'networkPolicy.enabled=false',
  'pools.default.egress.requireClosed=false',
  `pools.default.egress.allowedCIDRs={${REDIRECTOR.address}/32}`,
];
/** Of a run: a request for each address, and some. */
const LIMITS = { wallTimeMs: 60_000 };

let app: Installation;
let home: GatewayClient;
let network: PrivateNetwork;

beforeAll(async () => {
  app = await install();
  home = await GatewayClient.of(app);
  network = await startPrivateNetwork(app.cluster);
}, 300_000);
afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  await app?.stop();
}, 120_000);
dumpFailures(() => app);

describe('NetworkPolicy, with nothing of ours before it', () => {
  beforeAll(() => app.apply(prober()));
  afterAll(() => app.kubectl('delete', 'pod', 'prober', '-n', NAMESPACE, '--grace-period=0'));

  it('lets whoever is in egress’s place reach nothing private', { timeout: 120_000 }, async () => {
    await app.kubectl(
      'wait',
      '--for=condition=Ready',
      'pod/prober',
      '-n',
      NAMESPACE,
      '--timeout=60s',
    );
    const { closed } = (await machineTargets(app, '')) as { closed: Record<string, string[]> };
    const addresses = [...Object.values(closed).flat(), ...PRIVATE];
    expect(addresses.length).toBeGreaterThan(100);
    // Names it may look up.
    const reached = (await reachedFromProber(addresses)).filter((each) => !each.endsWith(':53'));
    expect(reached).toEqual([]);
    expect(network.connected).toEqual([]);
  });

  it('where it is switched off the same pod reaches them', { timeout: 240_000 }, async () => {
    await app.upgrade(...WITHOUT_POLICY);
    await expect.poll(() => reachedFromProber(PRIVATE), PATIENT).toEqual(PRIVATE);
    expect(new Set(network.connected)).toEqual(new Set(PRIVATE_ADDRESSES));
  });
});

// The policies stay off.
describe('egress, without any NetworkPolicy', { timeout: 180_000 }, () => {
  beforeAll(() => void network.connected.splice(0));

  it('is what the pool’s condition says: the way out is open', async () => {
    // A runner is looked at before it runs anything: those of before have been.
    await app.kubectl('delete', 'pods', '--all', '-n', RUNNERS, '--wait=false');
    const closed = () => condition(app, 'EgressClosed', 'sandboxpool', 'default');
    await expect.poll(closed, PATIENT).toMatch(/^False /);
  });

  it('connects to nothing private, however it is spelt', async () => {
    const urls = PRIVATE_ADDRESSES.flatMap((address) => urlsOf(address, PRIVATE_PORT));
    const codes = await fetchAll(urls);
    expect(codes.length).toBe(urls.length);
    expect(codes.filter((code) => !REFUSALS.has(code))).toEqual([]);
    expect(network.connected).toEqual([]);
  });

  it('connects to no part of the cluster, by address or name', async () => {
    const { closed } = (await machineTargets(app, '')) as { closed: Record<string, string[]> };
    const urls = [
      ...Object.entries(closed)
        .filter(([name]) => name !== 'the internet')
        .flatMap(([, addresses]) => addresses.map((address) => `http://${address}/`)),
      ...['kubernetes.default.svc', `${RELEASE}-gateway.${NAMESPACE}.svc`, 'host.e2e.local'].map(
        (name) => `http://${name}/`,
      ),
    ];
    const codes = await fetchAll(urls);
    expect(codes.filter((code) => !REFUSALS.has(code))).toEqual([]);
  });

  it('follows no redirect there', async () => {
    const { address, port } = REDIRECTOR;
    const redirector = `${address}:${port}`;
    // It is there, and may be reached: what follows is not refused for its sake.
    expect(await fetchAll([`http://${redirector}/?status=204`])).toEqual(['status 204']);
    const targets = PRIVATE.map((each) => `http://${each}/`);
    const urls = targets.flatMap((target) =>
      REDIRECTS.map(
        (status) => `http://${redirector}/?status=${status}&to=${encodeURIComponent(target)}`,
      ),
    );
    const codes = await fetchAll(urls, targets);
    expect(codes.filter((code) => !REFUSALS.has(code))).toEqual([]);
    expect(network.connected).toEqual([]);
  });
});

/** What a refusal is called; `EGRESS_FAILED` is a name that there is none of. */
const REFUSALS = new Set([
  'EGRESS_ADDRESS_DENIED',
  'EGRESS_DENIED',
  'EGRESS_FAILED',
  'INVALID_INPUT',
]);
/** Each is a request, and what it redirects to another; a run has 50. */
const URLS_OF_A_RUN = 20;

/** Asks for each from a guest that may name it; answers the codes of what it was told. */
async function fetchAll(urls: readonly string[], more: readonly string[] = []): Promise<string[]> {
  const codes: string[] = [];
  for (let at = 0; at < urls.length; at += URLS_OF_A_RUN) {
    const part = urls.slice(at, at + URLS_OF_A_RUN);
    // eslint-disable-next-line no-await-in-loop -- one run after another
    codes.push(...(await fetchPart(part, more)));
  }
  return codes;
}

async function fetchPart(urls: readonly string[], more: readonly string[]): Promise<string[]> {
  const code = `
    const told = [];
    for (const url of input) {
      told.push(await fetch(url).then((answer) => 'status ' + answer.status, (error) => /[A-Z]+_[A-Z_]+/.exec(error.message)?.[0] ?? String(error)));
    }
    return told;`;
  const rules = new Map([...urls, ...more].map((url) => [new URL(url).host, ruleFor(url)]));
  const { status, body } = await home.post('/execute', {
    ...{ code, input: urls, preset: 'agent', timeout: LIMITS.wallTimeMs },
    permissions: { net: [...rules.values()] },
  });
  if (status !== 200 || !body.success) throw new Error(JSON.stringify(body).slice(0, 500));
  return body.result as string[];
}

function ruleFor(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, ports: [port === '' ? 80 : Number(port)] };
}

/** In egress's place: its labels, its network, and nothing of its program. */
function prober(): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'prober',
      namespace: NAMESPACE,
      labels: {
        'app.kubernetes.io/name': 'cofferdam',
        'app.kubernetes.io/instance': RELEASE,
        'app.kubernetes.io/component': 'egress',
      },
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'prober',
          image: 'cofferdam-runner:0.1.0',
          imagePullPolicy: 'Never',
          command: ['/usr/local/bin/node', '-e', 'setInterval(() => {}, 1e6)'],
        },
      ],
    },
  });
}

async function reachedFromProber(addresses: readonly string[]): Promise<string[]> {
  const code = `
    const reach = (address) => new Promise((resolve) => {
      const [, host, port] = /^\\[?([^\\]]+)\\]?:(\\d+)$/.exec(address);
      const socket = require('net').connect({ host, port: Number(port), timeout: 2000 });
      socket.once('connect', () => resolve(address));
      for (const event of ['timeout', 'error']) socket.once(event, () => resolve(undefined));
    });
    const list = JSON.parse(process.argv[1]);
    Promise.all(list.map(reach)).then((found) => {
      console.log(JSON.stringify(found.filter(Boolean)));
      process.exit();
    });`;
  const exec = ['exec', '-n', NAMESPACE, 'prober', '--', 'node', '-e', code];
  return JSON.parse(await app.kubectl(...exec, JSON.stringify(addresses))) as string[];
}
