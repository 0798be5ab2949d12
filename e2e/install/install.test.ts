import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpFailures } from './failures.ts';
import { GatewayClient } from './gateway-client.ts';
import { install, NAMESPACE, RUNNERS, TENANT, tenant, type Installation } from './installation.ts';
import { killPod } from './host-processes.ts';
import {
  boundTo,
  conditionsOf,
  expectNowhere,
  runnerPods,
  scheduledRuns,
  scopeOf,
} from './observations.ts';
import { condition, conditionOf, pool, read, script } from './resources.ts';

/** What a Secret holds: it must appear nowhere. */
const WORD = 'open-sesame-4711';
/** Things that take the operator, a kubelet and gVisor to come true. */
const PATIENT = { timeout: 60_000, interval: 250 };

let app: Installation;
let home: GatewayClient;

beforeAll(async () => {
  app = await install('demo.enabled=true');
  home = await GatewayClient.of(app);
}, 300_000);
afterAll(() => app?.stop());
dumpFailures(() => app);

describe('an installation', () => {
  it('passes the chart’s own test', async () => {
    const said = await app.helm('test', 'cofferdam', '-n', NAMESPACE, '--timeout', '2m');
    expect(said).toContain('Phase:          Succeeded');
  });

  it('explains its kinds', async () => {
    const schedule = await app.kubectl('explain', 'sandboxscript.spec.schedule');
    expect(schedule).toContain('startingDeadline');
    expect(await app.kubectl('explain', 'sandboxrun.spec')).toContain('ttlSecondsAfterFinished');
    expect(await app.kubectl('explain', 'sandboxpool.spec.warm')).toContain('spare');
  });

  it('runs code in a pod of gVisor that only its tenant has', async () => {
    const answer = await home.post('/execute', { code: 'return input * 2', input: 21 });
    expect(answer).toMatchObject({ status: 200, body: { success: true, result: 42 } });
    expect(answer.body.layers).toEqual(['isolate', 'process', 'container', 'gvisor']);
    const pod = await podOf(TENANT);
    expect(pod.spec.runtimeClassName).toBe('gvisor');
    const kernel = await app.kubectl(
      ...['exec', '-n', RUNNERS, pod.metadata.name, '--', 'node', '-e'],
      'console.log(require("fs").readFileSync("/proc/version", "utf8"))',
    );
    expect(kernel).toMatch(/gvisor/i);
  });

  it('has nothing open in a runner’s pod', async () => {
    const pod = await podOf(TENANT);
    const code = `
      const net = require('net'), fs = require('fs'), dns = require('dns');
      const reach = (host, port) => new Promise((resolve) => {
        const socket = net.connect({ host, port, timeout: 1500 });
        socket.once('connect', () => resolve(true));
        for (const event of ['timeout', 'error']) socket.once(event, () => (socket.destroy(), resolve(false)));
      });
      (async () => {
        const api = await reach(process.env.KUBERNETES_SERVICE_HOST ?? '${(await read(app, 'service', 'kubernetes', '-n', 'default')).spec.clusterIP}', 443);
        const name = await new Promise((resolve) => dns.lookup('kubernetes.default.svc', (error) => resolve(!error)));
        const account = fs.existsSync('/var/run/secrets/kubernetes.io');
        let written = true;
        try { fs.writeFileSync('/app/x', ''); } catch { written = false; }
        console.log(JSON.stringify({ api, name, account, written, uid: process.getuid() }));
        process.exit();
      })();`;
    const said = await app.kubectl(
      'exec',
      '-n',
      RUNNERS,
      pod.metadata.name,
      '--',
      'node',
      '-e',
      code,
    );
    expect(JSON.parse(said)).toEqual({
      ...{ api: false, name: false, account: false, written: false },
      uid: 65_532,
    });
    expect(await condition(app, 'EgressClosed', 'sandboxpool', 'default')).toMatch(/^True /);
  });

  it('keeps tenants apart', async () => {
    await tenant(app.cluster, 'other');
    const other = await GatewayClient.of(app, 'other');
    expect((await other.post('/execute', { code: 'return 1' })).status).toBe(200);
    const [mine, theirs] = [await boundTo(app, TENANT), await boundTo(app, 'other')];
    const names = (pods: { metadata: { name: string } }[]) =>
      pods.map(({ metadata }) => metadata.name);
    expect(names(mine).filter((name) => names(theirs).includes(name))).toEqual([]);
    // An account of one namespace may not run in another.
    const token = await app.token('other');
    const answer = await fetch(`${app.url}/execute`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-cofferdam-namespace': TENANT,
      },
      body: '{"code":"return 1"}',
    });
    expect(answer.status).toBe(403);
  });
});

describe('scripts', () => {
  it('of the examples turn Ready, and Healthy where they are', async () => {
    await app.kubectl('apply', '-f', 'examples/');
    await expect
      .poll(() => conditionsOf(app, 'Ready', 'examples'), PATIENT)
      .toSatisfy(
        (ready: Record<string, string>) =>
          Object.keys(ready).length === 14 && Object.values(ready).every((one) => one === 'True'),
      );
    const healthy = [
      'demo-check',
      'http-json-check',
      'latency-check',
      'queue-threshold',
      'transform',
      'typescript',
      'webassembly',
      'deno',
    ];
    for (const name of healthy) {
      // eslint-disable-next-line no-await-in-loop -- each has its own schedule
      await expect
        .poll(async () => (await conditionsOf(app, 'Healthy', 'examples'))[name], PATIENT)
        .toBe('True');
    }
    expect(await conditionsOf(app, 'Healthy', 'examples')).toMatchObject({
      'always-fails': 'False',
    });
    // Open to whoever reaches the gateway.
    const served = await fetch(`${app.url}/hello/world`);
    expect(await served.json()).toEqual({ text: 'Hello, world!', visits: 1 });
    await app.kubectl('delete', 'namespace', 'examples', '--wait=false');
  });

  it('that the schema refuses are refused with the field’s name', async () => {
    const source = { inline: 'return 1' };
    await expect(
      app.apply(script('bad', { source, schedule: { every: 'often' } })),
    ).rejects.toThrow('spec.schedule.every');
    await expect(app.apply(script('bad', { source, engine: 'python' }))).rejects.toThrow(
      'spec.engine',
    );
    await expect(app.apply(script('bad', { source, sourc: 1 }))).rejects.toThrow('spec.sourc');
  });

  it('that cannot work say why, and turn Ready when they can', async () => {
    const valueFrom = { secretKeyRef: { name: 'late', key: 'word' } };
    const env = [{ name: 'WORD', valueFrom }];
    await app.apply(script('needs-secret', { source: { inline: 'return env.WORD.length' }, env }));
    await app.apply(script('needs-pool', { source: { inline: 'return 1' }, poolRef: 'later' }));
    await app.apply(script('broken', { source: { inline: 'return (' } }));
    const ready = (name: string) => () => condition(app, 'Ready', 'sbx', name, '-n', TENANT);
    await expect.poll(ready('needs-secret'), PATIENT).toBe('False SecretNotFound');
    await expect.poll(ready('needs-pool'), PATIENT).toBe('False PoolNotFound');
    await expect.poll(ready('broken'), PATIENT).toBe('False CompileError');
    const secret = await conditionOf(app, 'Ready', 'sbx', 'needs-secret', '-n', TENANT);
    expect(secret!.message).toBe('there is no Secret late in home');

    await app.kubectl(
      'create',
      'secret',
      'generic',
      'late',
      '-n',
      TENANT,
      `--from-literal=word=${WORD}`,
    );
    await app.apply(pool('later'));
    await app.apply(script('broken', { source: { inline: 'return (1)' } }));
    await expect.poll(ready('needs-secret'), PATIENT).toBe('True Compiled');
    await expect.poll(ready('needs-pool'), PATIENT).toBe('True Compiled');
    await expect.poll(ready('broken'), PATIENT).toBe('True Compiled');
    const run = await home.post(`/v1/namespaces/${TENANT}/scripts/needs-secret/runs`, {});
    expect(run).toMatchObject({ status: 200, body: { result: WORD.length } });
    await expectNowhere(app, home, { word: WORD, runId: run.body.runId });
    await app.kubectl('delete', 'sandboxpool', 'later');
  });

  it('of a pool without its RuntimeClass say so, and never run without gVisor', async () => {
    await app.apply(pool('hardened', { runtimeClassName: 'kata' }));
    const ready = () => condition(app, 'Ready', 'sandboxpool', 'hardened');
    await expect.poll(ready, PATIENT).toBe('False RuntimeClassMissing');
    const { items } = await read(app, 'pods', '-n', RUNNERS, '-l', 'cofferdam.dev/pool=hardened');
    expect(items).toEqual([]);
    await app.kubectl('delete', 'sandboxpool', 'hardened');
  });
});

describe('a pool', () => {
  it('gives every run a pod of its own where it says so', async () => {
    await app.apply(
      pool('strict', { isolation: 'Run', warm: { minimum: 0, spare: 2, maximum: 6 } }),
    );
    await app.apply(script('alone', { source: { inline: 'return 1' }, poolRef: 'strict' }));
    const ready = () => condition(app, 'Ready', 'sbx', 'alone', '-n', TENANT);
    await expect.poll(ready, PATIENT).toBe('True Compiled');
    for (let count = 0; count < 3; count++) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const run = await home.post(`/v1/namespaces/${TENANT}/scripts/alone/runs`, {});
      expect(run).toMatchObject({ status: 200, body: { result: 1 } });
    }
    // Whoever has run something is on its way out, and serves nobody else.
    const scopes = async () =>
      (await runnerPods(app, 'cofferdam.dev/pool=strict')).filter((pod) =>
        scopeOf(pod).startsWith('r-'),
      );
    await expect.poll(async () => (await scopes()).length, PATIENT).toBe(0);
    await app.kubectl('delete', 'sandboxpool', 'strict');
    await expect
      .poll(async () => (await runnerPods(app, 'cofferdam.dev/pool=strict')).length, PATIENT)
      .toBe(0);
  });
});

describe('the way out', () => {
  const fetches = {
    code: 'return (await fetch("http://demo/api/health")).status',
    preset: 'agent',
    permissions: { net: [{ host: 'demo', ports: [80] }] },
  };

  it('is found again by runners when it is replaced', async () => {
    expect(await home.post('/execute', fetches)).toMatchObject({ body: { result: 200 } });
    const before = await podOf(TENANT);
    await app.kubectl('rollout', 'restart', 'deployment/cofferdam-egress', '-n', NAMESPACE);
    await app.kubectl(
      'rollout',
      'status',
      'deployment/cofferdam-egress',
      '-n',
      NAMESPACE,
      '--timeout=90s',
    );
    const result = async () => (await home.post('/execute', fetches)).body.result;
    await expect.poll(result, PATIENT).toBe(200);
    const after = await podOf(TENANT);
    expect(after.metadata.name).toBe(before.metadata.name);
  });
});

describe('runs', () => {
  const run = (name: string, spec: object) =>
    app.apply(
      JSON.stringify({
        apiVersion: 'cofferdam.dev/v1alpha1',
        kind: 'SandboxRun',
        metadata: { name, namespace: TENANT },
        spec,
      }),
    );
  const inline = (text: string, more: object = {}) => ({
    script: { source: { inline: text }, ...more },
  });

  it('are created, waited for and read', async () => {
    await run('sum', {
      ...inline('console.log("adding"); return input.a + input.b'),
      input: { a: 1, b: 2 },
    });
    await app.kubectl(
      'wait',
      '--for=condition=Complete',
      'sandboxrun/sum',
      '-n',
      TENANT,
      '--timeout=60s',
    );
    const { status } = await read(app, 'sandboxrun', 'sum', '-n', TENANT);
    expect(status).toMatchObject({
      exitReason: 'Completed',
      result: '3',
      output: expect.stringContaining('adding'),
    });
    expect(status.layers).toContain('gvisor');
    await run('thrower', inline('throw new Error("no")'));
    await app.kubectl(
      'wait',
      '--for=condition=Failed',
      'sandboxrun/thrower',
      '-n',
      TENANT,
      '--timeout=60s',
    );
  });

  it('end when they are deleted', async () => {
    const limits = { cpuTime: '50s', wallTime: '50s' };
    await run('endless', inline('for (;;) {}', { limits }));
    const phase = async () =>
      (await read(app, 'sandboxrun', 'endless', '-n', TENANT)).status?.phase;
    await expect.poll(phase, PATIENT).toBe('Running');
    await app.kubectl('delete', 'sandboxrun', 'endless', '-n', TENANT, '--timeout=30s');
    const cancelled = async () => {
      const text = await app.kubectl(
        'get',
        '--raw',
        `/api/v1/namespaces/${NAMESPACE}/services/cofferdam-gateway:http/proxy/health`,
      );
      return (JSON.parse(text) as { engine: { active: number } }).engine.active;
    };
    await expect.poll(cancelled, PATIENT).toBe(0);
  });
});

describe('the operator', () => {
  it('comes back from a kill -9 without anything being lost', async () => {
    await app.apply(script('beat', { source: { inline: 'return 1' }, schedule: { every: '2s' } }));
    const healthy = () => condition(app, 'Healthy', 'sbx', 'beat', '-n', TENANT);
    await expect.poll(healthy, PATIENT).toBe('True RunsSucceed');
    const [pod] = (
      await read(app, 'pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/component=operator')
    ).items;
    expect(await killPod(pod.metadata.uid, /serve operator/)).toBeGreaterThan(0);
    // The gateway goes on with what it knows.
    const answer = await home.post(`/v1/namespaces/${TENANT}/scripts/beat/runs`, {});
    expect(answer).toMatchObject({ status: 200, body: { result: 1 } });
    const before = Date.now();
    await expect.poll(() => beatsSince(before), PATIENT).toBeGreaterThan(2);
  });

  it('is taken over by another one when its leader dies', async () => {
    await app.upgrade('operator.replicas=2');
    const holder = async () =>
      (await read(app, 'lease', 'cofferdam-operator', '-n', NAMESPACE)).spec
        .holderIdentity as string;
    const first = await holder();
    const { items } = await read(
      app,
      'pods',
      '-n',
      NAMESPACE,
      '-l',
      'app.kubernetes.io/component=operator',
    );
    const leader = items.find(({ metadata }: { metadata: { name: string } }) =>
      first.startsWith(metadata.name),
    );
    await app.kubectl(
      'delete',
      'pod',
      '-n',
      NAMESPACE,
      leader.metadata.name,
      '--grace-period=0',
      '--force',
    );
    await killPod(leader.metadata.uid);
    await expect.poll(holder, PATIENT).not.toBe(first);
    const since = Date.now();
    await expect.poll(() => beatsSince(since), PATIENT).toBeGreaterThan(2);
  });
});

async function beatsSince(time: number): Promise<number> {
  const runs = await scheduledRuns(home, 'beat');
  return runs.filter(({ startedAt }) => startedAt > time).length;
}

/** The one runner pod of the tenant. */
async function podOf(namespace: string) {
  const [pod] = await boundTo(app, namespace);
  if (!pod) throw new Error(`no runner pod is of ${namespace}`);
  return pod;
}
