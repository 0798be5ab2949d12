import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dumpFailures } from './failures.ts';
import { GatewayClient } from './gateway-client.ts';
import { BROWSER_ARCHIVE, install, RUNNERS, TENANT, type Installation } from './installation.ts';
import { condition, read, script } from './resources.ts';

const SHELL = '/usr/lib/chromium/chromium-headless-shell';
const EXAMPLE = new URL('../../examples/browser/browser-check.yaml', import.meta.url);
/** A first Chromium under gVisor, on a machine that is busy with the rest of a cluster. */
const PATIENT = { timeout: 120_000, interval: 500 };

interface Pod {
  metadata: { labels: Record<string, string> };
}

let app: Installation;

beforeAll(async () => {
  app = await install('demo.enabled=true');
  await app.cluster.importImage(BROWSER_ARCHIVE);
  await app.upgrade('browser.enabled=true', 'pools.browser.resources.requests.cpu=50m');
}, 400_000);
afterAll(() => app?.stop());
dumpFailures(() => app);

async function browserPods() {
  const { items } = await read(app, 'pods', '-n', RUNNERS, '-l', 'cofferdam.dev/pool=browser');
  return items;
}

it('a browser pod dials, renders a page under gVisor and is ready', async () => {
  await expect.poll(() => condition(app, 'Ready', 'sbxp', 'browser'), PATIENT).toContain('True');
  expect(await condition(app, 'EgressClosed', 'sbxp', 'browser')).toContain('True');
  const [pod, ...others] = await browserPods();
  expect(others).toEqual([]);
  expect(pod.spec).toMatchObject({
    runtimeClassName: 'gvisor',
    containers: [
      { image: 'cofferdam-browser:0.1.0', resources: { limits: { memory: '2Gi', cpu: '2' } } },
    ],
  });
  expect(pod.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'True' }),
  );
}, 180_000);

it('holds Chromium, a read-only root and no way to the network', async () => {
  const [{ metadata }] = await browserPods();
  const inside = (...command: string[]) =>
    app.kubectl('exec', '-n', RUNNERS, metadata.name, '--', ...command);
  const code = `
    const { execFileSync } = require('child_process'), fs = require('fs'), net = require('net');
    const text = (run) => { try { return String(run()); } catch (error) { return error.code; } };
    const page = 'data:text/html,<p>' + 6 * 7;
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--user-data-dir=/tmp/other'];
    const found = {
      dom: text(() => execFileSync('${SHELL}', [...args, '--dump-dom', page], { stdio: 'pipe' })),
      kernel: text(() => fs.readFileSync('/proc/version')),
      root: text(() => fs.writeFileSync('/app/x', '')),
      user: process.getuid(),
    };
    const socket = net.connect({ host: '1.1.1.1', port: 443, timeout: 1500 });
    const say = (internet) => { console.log(JSON.stringify({ ...found, internet })); process.exit(); };
    socket.on('connect', () => say('open')).on('timeout', () => say('closed')).on('error', () => say('closed'));
  `;
  expect(JSON.parse(await inside('node', '-e', code))).toEqual({
    dom: expect.stringContaining('<p>42</p>'),
    kernel: expect.stringMatching(/gvisor/i),
    root: expect.stringMatching(/^(EACCES|EROFS)$/),
    user: 65_532,
    internet: 'closed',
  });
}, 120_000);

it('runs go where they always went', async () => {
  const home = await GatewayClient.of(app);
  const answer = await home.post('/execute', { code: 'return 6 * 7' });
  expect(answer).toMatchObject({ status: 200, body: { result: 42 } });
  const [pod] = await browserPods();
  expect(pod.metadata.labels).not.toHaveProperty('cofferdam.dev/tenant');
});

/** Has the tenant's script run to that end, and answers what came of it. */
async function runOf(name: string, yaml: string, end: [number, string] = [200, 'Completed']) {
  await app.apply(yaml);
  const ready = () => condition(app, 'Ready', 'sbx', name, '-n', TENANT);
  await expect.poll(ready, PATIENT).toContain('True');
  const home = await GatewayClient.of(app);
  const path = `/v1/namespaces/${TENANT}/scripts/${name}/runs`;
  const { status, body } = await home.post(path, {});
  const { exitReason, error, runId, result } = body;
  const isGood = end[1] === 'Completed';
  expect([status, exitReason, isGood ? error : undefined]).toEqual([...end, undefined]);
  const kept = await home.get(`/v1/runs/${runId}/artifacts`);
  return { runId, result, artifacts: kept.body.artifacts };
}

it('the example’s check clicks through a page with a browser that only its tenant has', async () => {
  const yaml = await readFile(EXAMPLE, 'utf8');
  const { result, artifacts } = await runOf(
    'browser-check',
    yaml.replace('namespace: examples', `namespace: ${TENANT}`),
  );
  expect(result).toMatchObject({ success: true, failed: 0 });
  expect(artifacts).toMatchObject([
    { name: 'browser.json' },
    { name: 'screenshot-1.png', contentType: 'image/png' },
  ]);
  const tenants = (await browserPods()).map(
    ({ metadata }: Pod) => metadata.labels['cofferdam.dev/tenant'],
  );
  expect(tenants.filter((tenant: string | undefined) => tenant !== undefined)).toEqual([TENANT]);
}, 180_000);

it('its pages reach what the check may reach, and neither the cluster nor the pod’s files', async () => {
  const reaches = `
    const visit = async (url) => {
      const page = await (await browser.newContext()).newPage();
      return page.goto(url).then((answer) => answer.status(), (error) => error.message);
    };
    test('reaches', async () => {
      expect(await visit('http://demo/')).toBe(200);
      expect(await visit('http://cofferdam-gateway.cofferdam.svc/health')).not.toBe(200);
      expect(typeof (await visit('https://${app.cluster.hostAddress}/'))).toBe('string');
      expect(await visit('file:///proc/self/environ')).toMatch(/file:/);
    }, 45_000);`;
  const permissions = { net: [{ host: 'demo', ports: [80] }], browser: true };
  const limits = { wallTime: '50s', cpuTime: '20s' };
  const spec = { mode: 'check', permissions, limits, source: { inline: reaches } };
  const { result } = await runOf('reaches', script('reaches', spec));
  expect(result).toMatchObject({ success: true, passed: 1 });
}, 180_000);

it('a check that fails has a trace of what it did, from a pod under gVisor', async () => {
  const fails = `
    test('cannot buy', async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto('http://demo/');
      try { await page.locator('#missing').click({ timeout: 1_000 }); } finally { await context.close(); }
    }, 45_000);`;
  const permissions = { net: [{ host: 'demo', ports: [80] }], browser: true };
  const limits = { wallTime: '50s', cpuTime: '20s' };
  const spec = { mode: 'check', permissions, limits, source: { inline: fails } };
  const { runId, artifacts } = await runOf('fails', script('fails', spec), [422, 'TestFailure']);
  expect(artifacts).toMatchObject([
    { name: 'browser.json' },
    { name: 'trace.zip', contentType: 'application/zip' },
  ]);
  const home = await GatewayClient.of(app);
  const files = unzipSync(await home.bytes(`/v1/runs/${runId}/artifacts/trace.zip`));
  const text = Buffer.from(files['trace.trace'] ?? []).toString();
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const actions = events.filter(({ type }) => type === 'before').map(({ method }) => method);
  expect(actions).toEqual(expect.arrayContaining(['newPage', 'goto', 'click']));
  expect(events.find(({ error }) => error)?.error.message).toContain('Timeout 1000ms');
  const picture = events.find(({ type }) => type === 'screencast-frame')?.file;
  expect(files[picture]?.byteLength).toBeGreaterThan(500);
  expect(text).not.toMatch(/proxy-auth|session\.invalid|Basic /i);
}, 180_000);
