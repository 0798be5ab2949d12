import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CofferdamProcess, descendants, isRunning } from './cofferdam-process.ts';

const script = (name: string, body: string, rest = '') => `apiVersion: cofferdam.dev/v1alpha1
kind: SandboxScript
metadata:
  name: ${name}
spec:
  preset: compute
  schedule: { every: 1s }
  source: { inline: "${body}" }
${rest}`;

interface Run {
  runId: string;
  trigger: string;
  exitReason?: string;
}

let home: string;
let folder: string;
let dataDir: string;
let up: CofferdamProcess;
let url: string;
const sockets = async () => (await readdir(home)).filter((name) => name.startsWith('cofferdam-'));

async function start(): Promise<void> {
  const args = ['up', folder, '--port', '0', '--data-dir', dataDir, '--plain'];
  up = new CofferdamProcess(args, { TMPDIR: home });
  url = /http:\S+/.exec(await up.line(/^API /))![0];
}

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url + path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function post(path: string, body?: unknown) {
  const response = await fetch(url + path, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const write = (file: string, text: string) => writeFile(join(folder, file), text);
const runsOf = async (name: string) =>
  (await get(`/v1/namespaces/default/scripts/${name}/runs?limit=200`)).body.runs as Run[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'up-'));
  folder = await mkdtemp(join(home, 'scripts-'));
  dataDir = join(home, 'data');
  await write('tick.yaml', script('tick', 'return { one: 1 }'));
  await write('broken.yaml', 'kind: [');
  await start();
}, 60_000);

afterAll(async () => {
  up.kill('SIGTERM');
  await up.exited;
  await rm(home, { recursive: true, force: true });
}, 60_000);

// One instance lives through all of these, in this order.
describe('cofferdam up', { timeout: 60_000 }, () => {
  it('says what protects the machine, how to call it, and what is broken', async () => {
    expect(up.text).toMatch(/no container/);
    await up.line(/curl -s .*\/execute/);
    await up.line(/problem: broken\.yaml:1:\d+: /);
  });

  it('runs a script on its schedule', async () => {
    await up.line(/default\/tick Completed in .*\{"one":1\}/);
    const { body } = await get('/v1/namespaces/default/scripts/tick');
    expect(body).toMatchObject({ namespace: 'default', name: 'tick', generation: 1 });
    const runs = await runsOf('tick');
    expect(runs.every(({ trigger }) => trigger === 'schedule')).toBe(true);
    expect(runs.some(({ exitReason }) => exitReason === 'Completed')).toBe(true);
  });

  it('lists every script with its conditions', async () => {
    await up.line(/default\/tick Ready=True Compiled, Healthy=True/);
    const { status, body } = await get('/v1/scripts');
    expect(status).toBe(200);
    const [tick] = body.scripts as { name: string; status: { conditions: object[] } }[];
    expect(tick!.name).toBe('tick');
    expect(tick!.status.conditions).toEqual([
      expect.objectContaining({ type: 'Ready', status: 'True', reason: 'Compiled' }),
      expect.objectContaining({ type: 'Healthy', status: 'True', reason: 'RunsSucceed' }),
    ]);
  });

  it('follows an edit', async () => {
    const from = up.lines.length;
    await write('tick.yaml', script('tick', 'return { two: 2 }'));
    await up.line(/default\/tick Completed in .*\{"two":2\}/, from);
    expect((await get('/v1/namespaces/default/scripts/tick')).body).toMatchObject({
      generation: 2,
    });
  });

  it('takes a new file', async () => {
    await write('fail.yaml', script('fail', 'throw new TypeError(`on purpose`)'));
    await up.line(/default\/fail Exception in .*TypeError: on purpose/);
    const { body } = await get('/v1/namespaces/default/scripts/fail');
    expect(body).toMatchObject({ status: { lastRun: { exitReason: 'Exception' } } });
    await up.line(/default\/fail Ready=True Compiled, Healthy=False LastRunFailed/);
  });

  it('stops a script whose file breaks, says where, and leaves the others', async () => {
    await write('fail.yaml', script('fail', 'return 1', '  history: many'));
    await up.line(/default\/fail Ready=False InvalidSpec.*fail\.yaml:9:12: spec\.history/);
    const { body } = await post('/v1/namespaces/default/scripts/fail/runs');
    expect(body).toMatchObject({ success: false, error: { code: 'SCRIPT_NOT_READY' } });
    const from = up.lines.length;
    await up.line(/default\/tick Completed/, from);
    expect(up.lines.slice(from).join('\n')).not.toMatch(/default\/fail (Exception|Completed)/);
  });

  it('says what does not compile', async () => {
    await write('fail.yaml', script('fail', 'return ((('));
    await up.line(/default\/fail Ready=False CompileError/);
    const { body } = await post('/v1/namespaces/default/scripts/fail/runs');
    expect(body).toMatchObject({ success: false, error: { code: 'SCRIPT_NOT_READY' } });
  });

  it('forgets a script whose file is removed', async () => {
    await rm(join(folder, 'fail.yaml'));
    await up.line(/default\/fail is gone/);
    expect((await get('/v1/namespaces/default/scripts/fail')).status).toBe(404);
  });

  it('runs a script now, with another input', async () => {
    await write('echo.yaml', script('echo', 'return { got: input }', '  suspend: true\n'));
    await up.line(/default\/echo Ready=True Compiled/);
    const { status, body } = await post('/v1/namespaces/default/scripts/echo/runs', { input: [7] });
    expect([status, body.success, body.result]).toEqual([200, true, { got: [7] }]);
    expect(await runsOf('echo')).toEqual([
      expect.objectContaining({ trigger: 'manual', exitReason: 'Completed' }),
    ]);
  });

  it('runs files for the command line', async () => {
    const file = join(home, 'six.ts');
    await writeFile(file, 'const n: number = input.n; console.log("hi"); return n * 6;');
    const run = new CofferdamProcess(['run', file, '--url', url, '--input', '{"n":7}']);
    expect([await run.exited, run.lines.toSorted()]).toEqual([0, ['42', '[log] hi']]);
    const yaml = new CofferdamProcess(['run', join(folder, 'tick.yaml'), '--url', url]);
    expect([await yaml.exited, JSON.parse(yaml.text)]).toEqual([0, { two: 2 }]);
    const scripts = new CofferdamProcess(['scripts', '--url', url]);
    expect(await scripts.exited).toBe(0);
    expect(scripts.text).toMatch(/default\/tick +every 1s +yes/);
  });

  it('refuses a data folder and a port that are in use, in one sentence', async () => {
    const same = new CofferdamProcess(['up', folder, '--port', '0', '--data-dir', dataDir]);
    expect(await same.exited).toBe(3);
    expect(same.lines).toEqual([
      expect.stringMatching(/^cofferdam: the data folder .* is used by another cofferdam/),
    ]);
    const { port } = new URL(url);
    const other = new CofferdamProcess([
      'up',
      folder,
      '--port',
      port,
      '--data-dir',
      join(home, 'other'),
    ]);
    expect(await other.exited).toBe(3);
    expect(other.lines).toEqual([
      expect.stringMatching(new RegExp(`^cofferdam: .*${port}.*in use`)),
    ]);
  });

  it('ends with all it started, and goes on where it was', async () => {
    const before = await runsOf('tick');
    const children = await descendants(up.pid);
    expect(children.length).toBeGreaterThanOrEqual(4);
    expect(await sockets()).toHaveLength(1);
    up.kill('SIGTERM');
    expect(await up.exited).toBe(0);
    expect(await Promise.all(children.map(isRunning))).not.toContain(true);
    expect(await sockets()).toEqual([]);
    await start();
    const kept = new Set((await runsOf('tick')).map(({ runId }) => runId));
    expect(before.every(({ runId }) => kept.has(runId))).toBe(true);
    const { body } = await get('/v1/namespaces/default/scripts/tick');
    expect(body).toMatchObject({ generation: 2, status: { lastRun: {} } });
    await up.line(/default\/tick Completed/);
  });

  it('leaves nothing behind when it is killed', async () => {
    const children = await descendants(up.pid);
    expect(children.length).toBeGreaterThanOrEqual(2);
    up.kill('SIGKILL');
    await up.exited;
    // They notice by their connections' end; the test's time limit is the bound.
    for (const child of children) while (await isRunning(child)) await new Promise(setImmediate);
    await start();
  });
});
