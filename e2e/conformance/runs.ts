import { expect, it } from 'vitest';
import { assemble, ARITHMETIC } from '../../runner/test/wasm-modules.ts';
import { SCRIPT_ENGINES, type Client, type RunEvent } from './client.ts';

const BODY = `const twice = (n: number): number => 2 * n; return twice(input.n)`;
const MODULE = `export const unit = 'things'; export default 2 * input.n`;

/** What runs answer. */
export function runTests(on: () => Client): void {
  it.each(SCRIPT_ENGINES)('a body and a module, in %s', async (engine) => {
    const input = { n: 21 };
    const body = await on().run(engine, { code: BODY, input });
    expect(body.body).toMatchObject({ success: true, result: 42, exitReason: 'Completed' });
    const module = await on().run(engine, { code: MODULE, input });
    expect(module.body).toMatchObject({ success: true, result: 42, exports: { unit: 'things' } });
  });

  it('a WebAssembly module', async () => {
    const bytes = Buffer.from(assemble(ARITHMETIC)).toString('base64');
    const { moduleId } = (await on().post('/wasm/compile', { bytes })).body;
    const { body } = await on().post('/wasm/run', { moduleId, entry: 'add', args: [40, 2] });
    expect(body).toMatchObject({ success: true, result: 42, exitReason: 'Completed' });
    expect(body.layers).toEqual(['isolate', 'process', ...on().instance.layers]);
  });

  it.each(SCRIPT_ENGINES)('an exception and what does not compile, in %s', async (engine) => {
    const thrown = await on().run(engine, { code: `throw new RangeError('too far')` });
    expect(thrown.body.error).toMatchObject({
      ...{ code: 'EXCEPTION', name: 'RangeError', message: 'too far', blame: 'script' },
    });
    const broken = await on().run(engine, { code: 'return (' });
    expect(broken.body.error).toMatchObject({ code: 'COMPILE_ERROR', blame: 'script' });
    await on().expectServed(engine);
  });

  it.each(SCRIPT_ENGINES)('many at once, in %s', async (engine) => {
    const numbers = Array.from({ length: 8 }, (_, index) => index);
    const code = 'return input * input';
    const answers = await Promise.all(numbers.map((input) => on().run(engine, { code, input })));
    expect(answers.map(({ body }) => body.result)).toEqual(numbers.map((n) => n * n));
  });

  it.each(SCRIPT_ENGINES)('lines that are told while the run goes on, in %s', async (engine) => {
    const preset = engine === 'isolate' ? { preset: 'web' } : {};
    const code = `console.log('first'); await new Promise((done) => setTimeout(done, 500)); return 'last'`;
    const events = on().events(engine, { ...preset, code });
    // Answered with the head of the answer: what comes next is still to be said.
    const first = (await events.next()).value;
    expect(first).toMatchObject({ event: 'log', data: { level: 'log', message: 'first' } });
    await on().whenActive(engine, 1);
    const rest: RunEvent[] = [];
    for await (const event of events) rest.push(event);
    expect(rest).toMatchObject([{ event: 'result', data: { success: true, result: 'last' } }]);
  });

  it.each(SCRIPT_ENGINES)('what protected them, in %s', async (engine) => {
    const { layers } = on().instance;
    const { body } = await on().run(engine, { code: 'return 1' });
    expect(body.layers).toEqual([engine, 'process', ...layers]);
    const health = (await on().get('/health')).body;
    expect(health).toMatchObject({ ok: true, layers: ['process', ...layers] });
    expect(Object.keys(health.versions)).toEqual(
      expect.arrayContaining([
        'node',
        'v8',
        'deno',
        ...(layers.includes('gvisor') ? ['gvisor'] : []),
      ]),
    );
    expect(health.protection.includes('around it are a container and a second kernel')).toBe(
      layers.includes('gvisor'),
    );
  });
}
