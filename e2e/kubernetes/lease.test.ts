import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  connect,
  LeaderElection,
  leases,
  type ElectionTiming,
  type KubernetesClient,
  type LeaderTerm,
} from '@cofferdam/operator/kubernetes';
import { startApiServer, type ApiServer } from '../cluster/api-server.ts';
import { startCandidate, type Candidate, type Said } from './candidate.ts';
import { connectThroughProxy } from './rig.ts';

const within = { timeout: 30_000, interval: 10 };
const TIMING: ElectionTiming = { leaseDurationMs: 2000, renewDeadlineMs: 1200, retryMs: 100 };

let api: ApiServer;
let client: KubernetesClient;
let lease: string;
let count = 0;
let ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  api = await startApiServer();
  client = await connect({ kubeconfig: api.kubeconfig, userAgent: 'lease' });
});
afterAll(async () => {
  client.close();
  await api.stop();
});
beforeEach(() => {
  count += 1;
  lease = `lease-${count}`;
});
afterEach(async () => {
  await Promise.all(ends.map((end) => end()));
  ends = [];
});

interface InProcess {
  election: LeaderElection;
  terms: LeaderTerm[];
  errors: unknown[];
}

function candidate(options: { client?: KubernetesClient; now?: () => number } = {}): InProcess {
  const terms: LeaderTerm[] = [];
  const errors: unknown[] = [];
  const { now = Date.now } = options;
  const election = new LeaderElection({
    client: options.client ?? client,
    namespace: 'default',
    name: lease,
    candidate: 'test',
    timing: TIMING,
    onElected: (term) => terms.push(term),
    onError: (error) => errors.push(error),
    clock: {
      now,
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
  });
  ends.push(() => election.close());
  return { election, terms, errors };
}

function candidateProcess(): Candidate {
  const started = startCandidate(api.kubeconfig, lease, TIMING);
  ends.push(() => started.end('SIGKILL'));
  return started;
}

const leaseNow = () => client.get(leases, { namespace: 'default', name: lease });
const acts = (said: readonly Said[]) => said.filter(({ what }) => what === 'act');

describe('one leader', () => {
  test('of several candidates one is elected, and stays so while it renews', async () => {
    const all = [candidate(), candidate(), candidate()];
    await expect.poll(() => all.flatMap((one) => one.terms), within).toHaveLength(1);
    const before = (await leaseNow()).spec?.renewTime;
    await expect.poll(async () => (await leaseNow()).spec?.renewTime, within).not.toBe(before);
    const leader = all.find((one) => one.terms.length === 1);
    expect((await leaseNow()).spec?.holderIdentity).toBe(leader?.election.identity);
    expect((await leaseNow()).spec?.leaseTransitions).toBe(leader?.terms[0]?.epoch);
    expect(all.filter((one) => one.election.term !== undefined)).toEqual([leader]);
    expect(all.flatMap((one) => one.errors)).toEqual([]);
  });

  test('closed, it lets go: its term is over at once and another one need not wait', async () => {
    const first = candidate();
    await expect.poll(() => first.terms, within).toHaveLength(1);
    const second = candidate();
    const startedAt = performance.now();
    await first.election.close();
    expect(first.terms[0]?.signal.aborted).toBe(true);
    expect(() => first.terms[0]?.check()).toThrow('leadership is over');
    await expect.poll(() => second.terms, within).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(TIMING.leaseDurationMs);
    expect(second.terms[0]?.epoch).toBeGreaterThan(first.terms[0]?.epoch ?? Infinity);
  });

  test('cut off from the API server, it stops before another one is elected', async () => {
    const proxied = await connectThroughProxy(api, 'cut-off');
    const first = candidate({ client: proxied.client });
    await expect.poll(() => first.terms, within).toHaveLength(1);
    const second = candidate();
    let electedAtLoss: number | undefined;
    first.terms[0]?.signal.addEventListener('abort', () => (electedAtLoss = second.terms.length));
    proxied.proxy.freezeAll();
    await expect.poll(() => second.terms, within).toHaveLength(1);
    expect(electedAtLoss).toBe(0);
    expect(first.election.term).toBeUndefined();
    proxied.proxy.cut();
    proxied.proxy.heal();
    await second.election.close();
    await expect.poll(() => first.terms, within).toHaveLength(2);
    expect(first.terms[1]?.epoch).toBeGreaterThan(second.terms[0]?.epoch ?? Infinity);
    await first.election.close();
    await proxied.close();
  });

  test('an API server that is away for less than the deadline costs no leadership', async () => {
    const leader = candidate();
    await expect.poll(() => leader.terms, within).toHaveLength(1);
    const before = (await leaseNow()).spec?.renewTime;
    api.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    api.resume();
    await expect.poll(async () => (await leaseNow()).spec?.renewTime, within).not.toBe(before);
    expect(leader.terms).toHaveLength(1);
    expect(leader.election.term).toBe(leader.terms[0]);
  });

  test('a Lease that was deleted ends the term, and the next one still has a larger epoch', async () => {
    const leader = candidate();
    await expect.poll(() => leader.terms, within).toHaveLength(1);
    const other = candidate();
    // The other one has seen who leads before the Lease goes.
    await new Promise((resolve) => setTimeout(resolve, 3 * TIMING.retryMs));
    await client.delete(leases, { namespace: 'default', name: lease });
    await expect.poll(() => leader.terms, within).toHaveLength(2);
    const [first, second] = leader.terms;
    expect(first?.signal.aborted).toBe(true);
    expect(second?.epoch).toBeGreaterThan(first?.epoch ?? Infinity);
    expect(other.terms).toEqual([]);
  });

  test('what others write beside the term does not end it', async () => {
    const leader = candidate();
    await expect.poll(() => leader.terms, within).toHaveLength(1);
    const key = { namespace: 'default', name: lease };
    const before = (await leaseNow()).spec?.renewTime;
    await client.mergePatch(leases, { key, patch: { metadata: { annotations: { a: 'b' } } } });
    await expect.poll(async () => (await leaseNow()).spec?.renewTime, within).not.toBe(before);
    expect(leader.election.term).toBe(leader.terms[0]);
  });

  test("waits by its own clock, whatever the holder's says, and for as long as the holder asked", async () => {
    const foreign = {
      holderIdentity: 'somebody',
      leaseDurationSeconds: 3,
      renewTime: '1999-01-01T00:00:00.000000Z',
      leaseTransitions: 2_000_000_000,
    };
    await client.create(leases, {
      metadata: { namespace: 'default', name: lease },
      spec: foreign,
    });
    const startedAt = performance.now();
    const successor = candidate();
    await expect.poll(() => successor.terms, within).toHaveLength(1);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3000);
    expect(successor.terms[0]?.epoch).toBe(2_000_000_001);
  });

  test('a machine that slept knows by the time of day that its term is over', async () => {
    let sleptMs = 0;
    const leader = candidate({ now: () => Date.now() + sleptMs });
    await expect.poll(() => leader.terms, within).toHaveLength(1);
    leader.terms[0]?.check();
    sleptMs = TIMING.renewDeadlineMs;
    expect(() => leader.terms[0]?.check()).toThrow('not renewed in time');
    expect(leader.terms[0]?.signal.aborted).toBe(true);
  });
});

describe('in processes of their own', () => {
  test('killed with -9: another one takes over, and no two act at the same time', async () => {
    const first = candidateProcess();
    await expect.poll(() => acts(first.said).length, within).toBeGreaterThan(10);
    const second = candidateProcess();
    await first.end('SIGKILL');
    await expect.poll(() => acts(second.said).length, within).toBeGreaterThan(10);
    const lastOfFirst = acts(first.said).at(-1);
    const firstOfSecond = acts(second.said)[0];
    expect(firstOfSecond?.at).toBeGreaterThan(lastOfFirst?.at ?? 0n);
    expect(firstOfSecond?.epoch).toBeGreaterThan(lastOfFirst?.epoch ?? Infinity);
  });

  test('stopped and continued after another one took over, it does not act once', async () => {
    const first = candidateProcess();
    await expect.poll(() => acts(first.said).length, within).toBeGreaterThan(10);
    const second = candidateProcess();
    first.signal('SIGSTOP');
    await expect.poll(() => acts(second.said).length, within).toBeGreaterThan(10);
    first.signal('SIGCONT');
    await expect.poll(() => first.said.at(-1)?.what, within).toBe('refused');
    const takenOver = acts(second.said)[0]?.at ?? 0n;
    expect(acts(first.said).filter(({ at }) => at >= takenOver)).toEqual([]);
  });

  test('ended politely, it hands over without the wait; started again it is another candidate', async () => {
    const first = candidateProcess();
    await expect.poll(() => acts(first.said).length, within).toBeGreaterThan(10);
    const holder = (await leaseNow()).spec?.holderIdentity;
    await first.end();
    expect((await leaseNow()).spec?.holderIdentity).toBeUndefined();
    const again = candidateProcess();
    await expect.poll(() => acts(again.said).length, within).toBeGreaterThan(10);
    expect((await leaseNow()).spec?.holderIdentity).not.toBe(holder);
    expect(acts(again.said)[0]?.epoch).toBeGreaterThan(acts(first.said)[0]?.epoch ?? Infinity);
  });
});
