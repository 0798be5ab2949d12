import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intent, rig, tempDir, type Rig } from './peer.ts';
import { onMissing, startEgress, startRunner, stop } from './processes.ts';

/** `(func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)` */
const ADD = Buffer.from(
  '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
  'hex',
);

let dir: string;
let egress: Awaited<ReturnType<typeof startEgress>>;
let gateway: Rig;
const runners: ChildProcess[] = [];

beforeAll(async () => {
  dir = await tempDir();
  egress = await startEgress(dir);
  gateway = await rig({ dataDir: dir, egress: { control: egress.control } });
  const addresses = { gateway: gateway.socketPath, egress: egress.socket };
  gateway.core.registry.attach({
    demand: onMissing(() => runners.push(startRunner(gateway.core.registry, addresses))),
    discard: () => {},
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await Promise.all([...runners, egress.process].map(stop));
  await rm(dir, { recursive: true });
});

describe('the real runner', () => {
  it('is asked for, bound, and runs what it is sent', async () => {
    const code = 'console.log("hi"); return input.a + 1';
    const { result, runId } = await gateway.core.runs.execute(intent({ code, input: { a: 1 } }));
    expect(result).toMatchObject({ exitReason: 'Completed', value: '2' });
    expect(result.logs.map(({ message }) => message)).toEqual(['hi']);
    expect(result.layers).toEqual(['isolate', 'process']);
    const names = gateway.core.records.get(runId)!.spans.map(({ name }) => name);
    expect(names).toEqual(['run', 'queue', 'dispatch', 'compile', 'isolate', 'execute']);
    expect(runners).toHaveLength(1);
  });

  it('says whether a source compiles, and how it is doing', async () => {
    const request = { tenant: 'home', language: 'auto' as const };
    const good = await gateway.core.validate({ ...request, code: 'export default 1' });
    expect(good).toEqual({ valid: true, form: 'module' });
    const bad = await gateway.core.validate({ ...request, code: 'return (' });
    expect(bad).toMatchObject({ valid: false, error: { name: 'SyntaxError' } });
    const [runner] = (await gateway.core.stats()).runners;
    expect(runner!.engines!.isolate!.completed).toBeGreaterThan(0);
  });

  it('inspects and runs a module that it fetches from the gateway', async () => {
    const compiled = await gateway.core.wasm.compile('home', { bytes: ADD }, { id: 'add' });
    expect(compiled.exports).toEqual([{ name: 'add', kind: 'function' }]);
    const wasm = { digest: compiled.digest, entry: 'add', args: [2, 3] };
    const { result } = await gateway.core.runs.execute(intent({ engine: 'wasm', wasm }));
    expect(result).toMatchObject({ exitReason: 'Completed', value: '5' });
    const broken = Buffer.concat([ADD, Buffer.from('garbage')]);
    await expect(gateway.core.wasm.compile('home', { bytes: broken })).rejects.toMatchObject({
      code: 'INVALID_WASM',
    });
  });

  it('that is killed makes its runs Unavailable, and another takes its place', async () => {
    const started = Promise.withResolvers<void>();
    const run = gateway.core.runs.execute(
      intent({
        preset: 'web',
        code: 'console.log("started"); await new Promise(() => setTimeout(() => {}, 60_000))',
        limits: { ...intent().limits, wallTimeMs: 60_000 },
        onLog: () => started.resolve(),
      }),
    );
    await started.promise;
    runners[0]!.kill('SIGKILL');
    expect((await run).result.exitReason).toBe('Unavailable');
    const next = await gateway.core.runs.execute(intent());
    expect(next.result.exitReason).toBe('Completed');
    expect(runners).toHaveLength(2);
  });
});
