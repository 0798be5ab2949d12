import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendants, isRunning } from '../../cli/test/cofferdam-process.ts';
import { assemble, ARITHMETIC } from '../../runner/test/wasm-modules.ts';
import { Instance, scriptFile } from './instance.ts';

const CANARY = 'canary-of-the-other-tenant';

/** Leaves itself wherever a script can leave something. */
const LEAVES = `
  const canary = '${CANARY}';
  globalThis.canary = canary;
  Object.prototype.canary = Array.prototype.canary = Function.prototype.canary = canary;
  Promise.prototype.then.canary = JSON.canary = Math.canary = console.canary = canary;
  console.log = () => canary;
  Symbol.for(canary).description;
  Error.prepareStackTrace = () => canary;
  Promise.resolve().then(() => console.error(canary));
  /(canary)/.exec(canary);
  globalThis.keep = setInterval(() => console.error(canary), 1);
  globalThis.localStorage?.setItem('canary', canary);
  return 'left'`;

/** Looks for it there. */
const LOOKS = `
  console.log('looking');
  const places = {
    global: globalThis.canary, timer: globalThis.keep, object: ({}).canary, array: [].canary,
    function: (() => {}).canary, then: Promise.prototype.then.canary, json: JSON.canary,
    math: Math.canary, console: console.canary, stack: String(new Error('x').stack).includes('canary-of'),
    regexp: RegExp.$1, storage: globalThis.localStorage?.getItem('canary'),
  };
  await new Promise((done) => setTimeout(done, 30));
  return Object.entries(places).filter(([, found]) => found)`;

const TENANTS = ['ash', 'birch'] as const;
const ENGINES = { isolate: { preset: 'web' }, warm: { preset: 'web', reuse: 'script' }, deno: {} };
let up: Instance;

const nameOf = (engine: string, what: string) => `${engine}-${what}`;
const SCRIPTS = {
  leaves: LEAVES,
  looks: LOOKS,
  waits: 'await new Promise((done) => setTimeout(done, 3_000))',
  same: 'return [typeof globalThis.count, (globalThis.count = 1)]',
};

/** Each engine has sources of its own, so that none is known from another. */
const sourceOf = (what: keyof typeof SCRIPTS, kind: string) => `${SCRIPTS[what]} // ${kind}`;

function files(): Record<string, string> {
  const all: Record<string, string> = {};
  for (const namespace of TENANTS) {
    for (const [kind, fields] of Object.entries(ENGINES)) {
      for (const what of Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[]) {
        const engine = kind === 'deno' ? 'deno' : 'isolate';
        const limits = { wallTime: '30s' };
        const spec = { ...fields, engine, limits, suspend: true };
        const name = nameOf(kind, what);
        all[`${namespace}-${name}.yaml`] = scriptFile(name, sourceOf(what, kind), {
          namespace,
          spec,
        });
      }
    }
    const own = { spec: { engine: 'deno', suspend: true }, namespace };
    all[`${namespace}-parent.yaml`] = scriptFile('parent', 'return Deno.ppid', own);
  }
  const wasm = { engine: 'wasm', wasm: { entry: 'add', args: [1, 2] }, suspend: true };
  const bytes = Buffer.from(assemble(ARITHMETIC)).toString('base64');
  all['wasm.yaml'] = scriptFile('adds', bytes, { namespace: 'ash', spec: wasm });
  return all;
}

beforeAll(async () => {
  up = await Instance.start({ scripts: files() });
  await up.process.line(/ash\/adds Ready=True/);
}, 60_000);
afterAll(() => up[Symbol.asyncDispose](), 60_000);

/** The runner process of a tenant, as a Deno process of its own sees it. */
async function runnerOf(namespace: string): Promise<number> {
  return (await up.runNow(namespace, 'parent')).body.result;
}

describe.each(Object.keys(ENGINES))('two namespaces and %s', { timeout: 60_000 }, (kind) => {
  it('find nothing of each other, nor of their own last run', async () => {
    for (const [leaver, looker] of [TENANTS, TENANTS.toReversed(), ['ash', 'ash']] as const) {
      const left = await up.runNow(leaver!, nameOf(kind, 'leaves'));
      expect(left.body).toMatchObject({ success: true, result: 'left' });
      const looked = await up.runNow(looker!, nameOf(kind, 'looks'));
      expect(looked.body).toMatchObject({ success: true, result: [] });
      const lines = looked.body.logs.map(({ message }: { message: string }) => message);
      expect(lines).toEqual(['looking']);
      expect(looked.text).not.toContain(CANARY);
    }
  });

  it('do not learn what another has compiled', async () => {
    const asAsh = async () => (await up.runNow('ash', nameOf(kind, 'same'))).body;
    await asAsh();
    const known = await asAsh();
    expect([known.result, known.stats.compileCached]).toEqual([['undefined', 1], true]);
    // Tenant `default` has never sent this source, so it must be new to it.
    const code = sourceOf('same', kind);
    const path = kind === 'deno' ? '/deno' : '/execute';
    const { body } = await up.post(path, { code });
    expect([body.result, body.stats.compileCached]).toEqual([['undefined', 1], false]);
    expect(body.digest).toBe(known.digest);
  });

  it('say what protected their runs', async () => {
    const { body } = await up.runNow('ash', nameOf(kind, 'same'));
    expect(body.layers).toEqual([kind === 'deno' ? 'deno' : 'isolate', 'process']);
    const record = (await up.get(`/v1/runs/${body.runId}`)).body;
    expect(record.layers).toEqual(body.layers);
  });
});

describe('two namespaces', { timeout: 60_000 }, () => {
  it('have runners of their own, and no process in common', async () => {
    const runners = await up.processesOf('runner');
    const [ash, birch] = [await runnerOf('ash'), await runnerOf('birch')];
    expect(ash).not.toBe(birch);
    expect(runners).toEqual(expect.arrayContaining([ash, birch]));
    const [below, beside] = [await descendants(ash), await descendants(birch)];
    expect(below.length).toBeGreaterThan(1);
    expect(beside.length).toBeGreaterThan(1);
    expect(below.filter((pid) => beside.includes(pid))).toEqual([]);
    const { runners: figures } = (await up.get('/stats')).body;
    const tenants = figures.map(({ tenant }: { tenant?: string }) => tenant).filter(Boolean);
    expect(tenants.toSorted()).toEqual(['ash', 'birch', 'default']);
    expect(runners.length).toBeGreaterThanOrEqual(3);
  });

  it('run each in its own: the end of one’s runner is no other’s', async () => {
    const [ash, birch] = [await runnerOf('ash'), await runnerOf('birch')];
    const active = async () => {
      const { runners } = (await up.get('/stats')).body;
      return Object.fromEntries(
        runners
          .filter(({ tenant }: { tenant?: string }) => tenant)
          .map(
            ({ tenant, engines }: { tenant: string; engines: { isolate: { active: number } } }) => [
              tenant,
              engines.isolate.active,
            ],
          ),
      );
    };
    const waits = up.runNow('ash', nameOf('isolate', 'waits'));
    await expect.poll(active).toMatchObject({ ash: 1, birch: 0 });
    const beside = up.runNow('birch', nameOf('isolate', 'looks'));
    process.kill(ash, 'SIGKILL');
    const [lost, kept] = await Promise.all([waits, beside]);
    expect(lost.body).toMatchObject({ success: true, stats: { attempts: 2 } });
    expect(kept.body).toMatchObject({ success: true, result: [], stats: { attempts: 1 } });
    expect(await isRunning(birch)).toBe(true);
    const again = await runnerOf('ash');
    expect(again).not.toBe(ash);
    expect(await runnerOf('birch')).toBe(birch);
  });

  it('do not see each other’s modules', async () => {
    const { body } = await up.runNow('ash', 'adds');
    expect(body).toMatchObject({ success: true, result: 3, layers: ['isolate', 'process'] });
    const asked = await up.post('/wasm/run', { moduleId: body.digest, entry: 'add', args: [1, 2] });
    expect([asked.status, asked.body.error.code]).toEqual([404, 'WASM_NOT_FOUND']);
  });
});
