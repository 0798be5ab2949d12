import { checker } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CofferdamApiError, createClient, type CofferdamClient } from 'cofferdam/client';
import { startInstance, type Instance } from './instance.ts';

/** `(func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)` */
const ADD = Buffer.from(
  '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
  'hex',
);
const ENDLESS = 'console.log("begun"); await new Promise(() => {})';
const scripts = { sum: 'return input.a + input.b', endless: ENDLESS };

let instance: Instance;
let client: CofferdamClient;
const misfits: string[] = [];

beforeAll(async () => {
  instance = await startInstance(scripts, {
    ISOLATE_AUTH_TOKEN: 'secret',
    ISOLATE_RATE_LIMIT: '0',
  });
  const token = () => Promise.resolve('secret');
  const check = await answerCheck(`${instance.url}/openapi.json`);
  client = createClient({ baseUrl: instance.url, token, fetch: check });
});
afterAll(() => instance[Symbol.asyncDispose]());

interface Described {
  paths: Record<string, Record<string, { responses: Record<string, AnswerOf> }>>;
}
type AnswerOf = { content?: Record<string, { schema: object }> };

/** Fetches as ever, and notes each answer in JSON that is not as the OpenAPI document says. */
async function answerCheck(document: string): Promise<typeof fetch> {
  const { paths } = (await (await fetch(document)).json()) as Described;
  const byPattern = Object.entries(paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    methods,
  }));
  return async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(String(input));
    const { responses = {} } =
      byPattern.find(({ pattern }) => pattern.test(pathname))?.methods[
        init!.method!.toLowerCase()
      ] ?? {};
    const { status } = response;
    const answers = [responses[status], responses[`${String(status)[0]}XX`]];
    const schemas = answers.flatMap(
      (answer) => answer?.content?.['application/json']?.schema ?? [],
    );
    if (!response.headers.get('content-type')?.includes('json')) return response;
    const body: unknown = await response.clone().json();
    const checks = schemas.map((schema) => checker(schema)(body));
    if (!checks.some(({ ok }) => ok))
      misfits.push(`${pathname} ${status} ${JSON.stringify(checks)}`);
    return response;
  };
}

const errorOf = async (call: Promise<unknown>): Promise<CofferdamApiError> => {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CofferdamApiError);
  return error as CofferdamApiError;
};

async function allOf<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('runs', () => {
  it('are answered with what the script returned', async () => {
    const run = await client.execute<{ six: number }>({
      code: 'console.warn("x"); return { six: input * 2 }',
      input: 3,
    });
    if (!run.success) throw new Error(run.error.message);
    expect(run.result.six).toBe(6);
    expect(run.logs).toMatchObject([{ level: 'warn', message: 'x' }]);
    expect(run.stats.cpuTimeMs).toBeGreaterThanOrEqual(0);
  });

  it('are answered when the script failed', async () => {
    const run = await client.execute({ code: 'throw new RangeError("too far")' });
    if (run.success) throw new Error('it succeeded');
    expect(run.error).toMatchObject({ name: 'RangeError', message: 'too far', blame: 'script' });
    const broken = await client.deno({ code: 'return (' });
    expect(broken).toMatchObject({ success: false, exitReason: 'CompileError' });
  });

  it('may be of Deno and of WebAssembly', async () => {
    const deno = await client.deno({ code: 'return Deno.version.deno.length > 0', data: 1 });
    expect(deno).toMatchObject({ success: true, result: true });
    const module = await client.wasm.compile(ADD, { id: 'add' });
    expect(module).toMatchObject({ moduleId: 'add', exports: [{ name: 'add' }] });
    const inBase64 = await client.wasm.compile({ bytes: ADD.toString('base64') });
    expect(inBase64.digest).toBe(module.digest);
    const run = await client.wasm.run<number>({ moduleId: 'add', entry: 'add', args: [2, 3] });
    expect(run).toMatchObject({ success: true, result: 5 });
  });

  it('are kept on record, in the namespace that was asked for', async () => {
    const { runId } = await client.execute({ code: 'return 1' }, { namespace: 'team-a' });
    const record = await client.runs.get(runId);
    expect(record).toMatchObject({ runId, tenant: 'team-a', result: 1, exitReason: 'Completed' });
    expect(record.spans[0]).toMatchObject({ name: 'run' });
  });
});

describe('streams', () => {
  it('say each line as it comes, and the result', async () => {
    const events = [];
    for await (const event of client.executeStream<string>({
      code: 'console.log("a"); console.log("ü\\n"); return "c"',
    })) {
      events.push(
        event.type === 'log' ? event.line.message : event.run.success && event.run.result,
      );
    }
    expect(events).toEqual(['a', 'ü\n', 'c']);
  });

  it('end with a script that fails as a value, and with a refusal as an error', async () => {
    const failed = await allOf(client.denoStream({ code: 'throw new Error("x")' }));
    expect(failed.at(-1)).toMatchObject({ type: 'result', run: { success: false } });
    const refused = allOf(client.executeStream({ code: 1 as never }));
    expect(await errorOf(refused)).toMatchObject({ code: 'INVALID_INPUT', status: 400 });
  });

  it('that are left end their run', async () => {
    for await (const event of client.scripts.runStream('endless')) {
      expect(event).toMatchObject({ type: 'log', line: { message: 'begun' } });
      break;
    }
    await vi.waitFor(async () => {
      const [newest] = (await client.scripts.runs('endless', { limit: 1 })).runs;
      expect(newest?.exitReason).toBe('Cancelled');
    });
  });

  it('that are aborted end with the reason of the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const read = async () => {
      for await (const _ of client.executeStream({ code: ENDLESS }, { signal: stop.signal })) {
        stop.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
  });
});

describe('scripts', () => {
  it('are listed, looked at and run', async () => {
    await vi.waitFor(async () => {
      const all = await client.scripts.list();
      expect(all.map(({ name }) => name).toSorted()).toEqual(['endless', 'sum']);
    });
    const script = await client.scripts.get('sum');
    expect(script).toMatchObject({ namespace: 'default', spec: { preset: 'compute' } });
    const run = await client.scripts.run<number>('sum', { input: { a: 1, b: 2 } });
    expect(run).toMatchObject({ success: true, result: 3 });
    const page = await client.scripts.runs('sum', { limit: 1 });
    expect(page).toMatchObject({ runs: [{ runId: run.runId, trigger: 'manual' }] });
    const older = await client.scripts.runs('sum', { before: page.next! });
    expect(older.runs).toEqual([]);
  });

  it('that are not there are an error', async () => {
    const error = await errorOf(client.scripts.get('nothing'));
    expect(error).toMatchObject({ code: 'SCRIPT_NOT_FOUND', status: 404, blame: 'caller' });
    expect(error.message).toContain('default/nothing');
  });
});

describe('the service', () => {
  it('says how it is', async () => {
    const health = await client.health();
    expect(health.protection).toEqual(expect.any(String));
    expect(await client.ready()).toBe(true);
    expect((await client.stats()).presets).toContain('compute');
    expect(await client.metrics()).toContain('# TYPE');
    expect(await client.request('GET /livez', {})).toEqual({ ok: true });
  });

  it('says whether a source compiles', async () => {
    expect(await client.validate({ code: 'return 1' })).toEqual({ valid: true, form: 'body' });
    const broken = await client.validate({ code: 'const x =\n  = 1' });
    expect(broken).toMatchObject({ valid: false, line: 2 });
  });

  it('says what TypeScript makes of a source', async () => {
    const checked = await client.typecheck({ code: 'export default 1;\nconst n: number = "x";' });
    expect(checked).toMatchObject({ success: false, errors: [{ line: 2, code: 2322 }] });
  });
});

describe('calls', () => {
  it('that were aborted before send nothing', async () => {
    const send = vi.fn<typeof fetch>();
    const still = createClient({ baseUrl: instance.url, fetch: send });
    const signal = AbortSignal.abort('never mind');
    await expect(still.execute({ code: 'return 1' }, { signal })).rejects.toBe('never mind');
    expect(send).not.toHaveBeenCalled();
  });

  it('that are aborted end with the reason of the signal', async () => {
    const stop = new AbortController();
    const call = client.execute({ code: ENDLESS, timeout: 20_000 }, { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('that are refused say why, what to do, and the name of the request', async () => {
    const wrong = { code: 'return 1', timeout: 'soon' as never };
    const error = await errorOf(client.execute(wrong, { requestId: 'mine-1' }));
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      retry: false,
      action: expect.any(String),
      requestId: 'mine-1',
    });
    expect(error.problems).toMatchObject([{ path: 'timeout' }]);
    const open = createClient({ baseUrl: instance.url });
    expect(await errorOf(open.stats())).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
  });

  it('name nothing but what they are about', async () => {
    expect(await errorOf(client.runs.get('..'))).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await errorOf(client.runs.get('../scripts'))).toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});

it('every answer was as the document says', () => {
  expect(misfits).toEqual([]);
});
