import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BindingBrowser, BrowserAnswer, IncomingCall, RuntimeSpec } from '@cofferdam/protocol';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder, SPEC } from './runtime-embedder.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

const WITH_BROWSER: Partial<RuntimeSpec> = {
  bindings: { ...SPEC.bindings, browser: true },
  features: ['browser'],
};
const CONTEXT = { $h: 'context:1', c: 'Context' };
const PAGE = {
  $h: 'page:1',
  c: 'Page',
  s: { url: 'about:blank', isClosed: false, viewportSize: null, context: CONTEXT },
};
const OPEN = 'const page = await (await browser.newContext()).newPage();';

type Answer = unknown | ((call: BindingBrowser, incoming: IncomingCall) => unknown);

/** A runtime whose embedder answers by method: what an answer's value is, or the answer itself. */
async function withBrowser(answers: Record<string, Answer> = {}) {
  const calls: BindingBrowser[] = [];
  const browser = async (incoming: IncomingCall) => {
    const call = incoming.payload as BindingBrowser;
    if (call.method === '$events' && !('$events' in answers)) return await never(incoming);
    calls.push(call);
    const all: Record<string, Answer> = { newContext: CONTEXT, newPage: PAGE, ...answers };
    const answer = all[call.method];
    if (typeof answer === 'function') return (await answer(call, incoming)) as BrowserAnswer;
    return answer === undefined ? {} : { value: JSON.stringify(answer) };
  };
  const runtime = await (await embedder({ keeper, browser })).open(WITH_BROWSER);
  return { runtime, calls, of: (method: string) => calls.filter((call) => call.method === method) };
}

function never({ signal }: IncomingCall): Promise<object> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve({})));
}

describe("a guest's browser", () => {
  it('is there with its feature alone, and is no object that could be made', async () => {
    const { runtime } = await withBrowser();
    const code = `${OPEN}
      const refused = (run) => { try { run(); return false; } catch (error) { return error.name; } };
      export default [typeof browser.close, typeof page, page.constructor.name,
        refused(() => new page.constructor()), refused(() => page.url.call({})),
        Object.getOwnPropertyNames(page), Reflect.ownKeys(browser)];`;
    const value = ['undefined', 'object', 'Page', 'TypeError', 'TypeError', [], []];
    expect(await runtime.value(code)).toEqual(value);
    const plain = await (await embedder({ keeper })).open();
    expect(await plain.value('export default typeof browser')).toBe('undefined');
  });

  it('says that it is not available where the host gave none', async () => {
    const runtime = await (await embedder({ keeper })).open({ features: ['browser'] });
    const code = 'export default await browser.newContext().catch((error) => error.message)';
    expect(await runtime.value(code)).toMatch(/^browser is not available/);
  });

  it('sends what JSON has not with tags, and bytes beside it', async () => {
    let data = Buffer.alloc(0);
    const { runtime, of } = await withBrowser({
      evaluate: async (_call: BindingBrowser, { data: bytes }: IncomingCall) => {
        for await (const piece of bytes) data = Buffer.concat([data, piece]);
        return {};
      },
    });
    const code = `${OPEN}
      const given = { u: undefined, n: [NaN, -0, 1 / 0], d: new Date(5), bad: new Date(NaN), r: /a\\/b/gi, i: 12n,
        $h: 'page:9', b: new Uint8Array([1, 2]), more: new Uint8Array([3]).buffer, toJSON: 'kept' };
      await page.evaluate((x) => x, given);
      await page.locator('ul', { hasText: /x/ }).filter({ has: page.getByRole('listitem') }).nth(1).click();
      await page.keyboard.press('Enter');`;
    await runtime.value(code);
    const [source, value] = JSON.parse(of('evaluate')[0]!.args) as [unknown, unknown];
    expect(source).toEqual({ $f: '(x) => x' });
    expect(value).toEqual({
      $o: {
        u: { $u: 1 },
        n: [{ $n: 'NaN' }, { $n: '-0' }, { $n: 'Infinity' }],
        d: { $d: 5 },
        bad: { $d: null },
        r: { $r: ['a\\/b', 'gi'] },
        i: { $i: '12' },
        $h: 'page:9',
        b: { $b: [0, 2] },
        more: { $b: [2, 1] },
        toJSON: 'kept',
      },
    });
    expect([...data]).toEqual([1, 2, 3]);
    expect(of('evaluate')[0]!.bytes).toBe(3);
    expect(of('click')[0]).toMatchObject({
      object: 'page:1',
      chain: [
        ['locator', '["ul",{"hasText":{"$r":["x",""]}}]'],
        ['filter', '[{"has":{"$l":["page:1",[["getByRole","[\\"listitem\\"]"]]]}}]'],
        ['nth', '[1]'],
      ],
      args: '[]',
    });
    expect(of('keyboard.press')[0]).toMatchObject({ object: 'page:1', args: '["Enter"]' });
  });

  it('reads what the host answers, and keeps what it knows of a page current', async () => {
    const value = JSON.stringify({
      list: [{ $n: '-Infinity' }, { $u: 1 }, { $d: 7 }, { $r: ['a', 'g'] }, { $i: '3' }],
      same: { $h: 'page:1', c: 'Page' },
      own: { $o: { $x: 1 } },
      bytes: { $b: [1, 2] },
    });
    const { runtime } = await withBrowser({
      evaluate: async (_call: BindingBrowser, incoming: IncomingCall) => {
        await incoming.write(Buffer.from([9, 8, 7]));
        incoming.end();
        return { value, state: '{"page:1":{"url":"https://a.test/"}}' };
      },
    });
    const code = `${OPEN}
      const before = page.url();
      const { list, same, own, bytes } = await page.evaluate('1');
      export default [before, page.url(), same === page, list[0] === -Infinity, list[1] === undefined, list[2].getTime(),
        list[3].flags, typeof list[4], own, Buffer.isBuffer(bytes), [...bytes], page.context() === same.context()]`;
    expect(await runtime.value(code)).toEqual(
      // prettier-ignore
      ['about:blank', 'https://a.test/', true, true, true, 7, 'g', 'bigint', { $x: 1 }, true, [8, 7], true],
    );
  });

  it("has the host's errors with their names, at the place of the call", async () => {
    const { runtime } = await withBrowser({
      click: () => ({ error: { name: 'TimeoutError', message: 'Timeout 30ms exceeded.' } }),
    });
    const code = `${OPEN}
      export default await page.click('#x').catch((e) => [e.name, e.message, e instanceof Error, e.stack.includes('main.ts')]);`;
    expect(await runtime.value(code, '/app/main.ts')).toEqual([
      'TimeoutError',
      'Timeout 30ms exceeded.',
      true,
      true,
    ]);
  });

  it('tells listeners before the answer that came after their event', async () => {
    const asked: number[] = [];
    const event = { n: 1, object: 'page:1', event: 'console' };
    const message = { $h: 'consolemessage:1', c: 'ConsoleMessage', s: { text: 'hi' } };
    const polled = Promise.withResolvers<void>();
    const { runtime, of } = await withBrowser({
      evaluate: () => (setTimeout(() => polled.resolve(), 50), { events: 1 }),
      $events: async (call: BindingBrowser, incoming: IncomingCall) => {
        const [after] = JSON.parse(call.args) as [number];
        asked.push(after);
        if (after > 0) return await never(incoming);
        await polled.promise;
        return { value: JSON.stringify([{ ...event, value: message }]) };
      },
    });
    const code = `${OPEN}
      const seen = [];
      page.on('console', (message) => seen.push(message.text()));
      page.once('console', () => seen.push('once'));
      await page.evaluate('1');
      seen.push('answered');
      export default seen;`;
    expect(await runtime.value(code)).toEqual(['hi', 'once', 'answered']);
    expect(of('$listen').map(({ args }) => args)).toEqual(['["console",true]']);
    expect(asked).toEqual([0, 1]);
  });

  it('finds addresses by globs', async () => {
    const cases: [glob: string, url: string, fits: boolean][] = [
      ['https://a.test/x', 'https://a.test/x', true],
      ['https://a.test/*', 'https://a.test/x/y', false],
      ['https://a.test/**', 'https://a.test/x/y', true],
      ['**/*.{png,jpg}', 'https://a.test/x/y.jpg', true],
      ['**/*.{png,jpg}', 'https://a.test/x/y.gif', false],
      ['https://a.test/**/y', 'https://a.test/y', true],
      ['https://a.test/**/y', 'https://a.test/1/2/y', true],
      ['**/a?b', 'https://a.test/axb', false],
      ['**/a?b', 'https://a.test/a?b', true],
      ['**/(a)[b]', 'https://a.test/(a)[b]', true],
      ['/x', 'https://base.test/x', true],
      ['x', 'https://base.test/dir/x', true],
      ['*', 'https://a.test/x', false],
      ['**/x,y', 'https://a.test/x,y', true],
    ];
    const frames = cases.map(([, url], i) => {
      return { $h: `frame:${i}`, c: 'Frame', s: { name: String(i), url } };
    });
    const { runtime } = await withBrowser({ frames });
    const code = `
      const page = await (await browser.newContext({ baseURL: 'https://base.test/dir/' })).newPage();
      const globs = ${JSON.stringify(cases.map(([glob]) => glob))};
      export default await Promise.all(globs.map(async (url, i) => (await page.frame({ name: String(i), url })) !== null));`;
    expect(await runtime.value(code)).toEqual(cases.map(([, , fits]) => fits));
  });

  it('hears of what happens when another browser is there under its name', async () => {
    let count = 5;
    const message = { $h: 'consolemessage:1', c: 'ConsoleMessage', s: { text: 'new' } };
    const { runtime } = await withBrowser({
      title: () => ({ events: count }),
      $events: async (call: BindingBrowser, incoming: IncomingCall) => {
        const [after] = JSON.parse(call.args) as [number];
        const events = [{ n: count, object: 'page:1', event: 'console', value: message }];
        if (after < count) return { value: JSON.stringify(events) };
        return await never(incoming);
      },
      content: () => ((count = 1), {}),
      reload: () => ({ error: { name: 'Error', message: 'x' }, events: count }),
    });
    const code = `${OPEN}
      let heard = 0;
      page.on('console', () => heard++);
      await page.title(); const first = heard;
      await page.content(); page.removeAllListeners();
      await page.reload().catch(() => {});
      page.on('console', () => heard++);
      await page.title();
      await page.title();
      export default [first, heard];`;
    expect(await runtime.value(code)).toEqual([1, 2]);
  });

  it('goes on asking for events after an answer that failed', async () => {
    let polls = 0;
    const message = { $h: 'consolemessage:1', c: 'ConsoleMessage', s: { text: 'late' } };
    const { runtime } = await withBrowser({
      $events: async (call: BindingBrowser, incoming: IncomingCall) => {
        if (++polls === 1) throw new Error('broken');
        if (polls > 2) return await never(incoming);
        const event = { n: 1, object: 'page:1', event: 'console', value: message };
        return { value: JSON.stringify([event, { n: 1, object: 'page:9', event: 'x' }]) };
      },
    });
    const code = `${OPEN}
      const heard = new Promise((resolve) => page.on('console', resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await page.title();
      export default (await heard).text();`;
    expect(await runtime.value(code)).toBe('late');
  });

  it('has at most 256 calls under way, and each within its bounds', async () => {
    const { runtime } = await withBrowser({
      hover: (_call: BindingBrowser, incoming: IncomingCall) => never(incoming),
    });
    const code = `${OPEN}
      const failed = (run) => run().then(() => 'done', (error) => error.message);
      const results = [
        await failed(() => page.fill('a', 'x'.repeat(1024 * 1024))),
        await failed(() => page.evaluate('1', new Uint8Array(16 * 1024 * 1024 + 1))),
      ];
      const cycle = {}; cycle.cycle = cycle;
      results.push(await failed(() => page.evaluate('1', cycle)), await failed(() => page.evaluate('1', new Map())));
      for (let i = 0; i < 256; i++) void page.hover('a').catch(() => {});
      results.push(await failed(() => page.title()));
      let locator = page.locator('a');
      try { for (let i = 0; i < 40; i++) locator = locator.first(); } catch (error) { results.push(error.message); }
      export default results;`;
    expect(await runtime.value(code)).toEqual([
      expect.stringContaining('larger than'),
      expect.stringContaining('bytes'),
      expect.stringContaining('cycle'),
      expect.stringContaining('Map'),
      'more than 256 calls wait for the browser',
      'A locator has at most 32 steps',
    ]);
  });
});

describe('what a hostile guest or embedder says', () => {
  it('leads a changed prototype to nothing of the host', async () => {
    const { runtime } = await withBrowser();
    const code = `
      const seen = [];
      const note = (name) => function (...args) { seen.push(name); return Reflect.apply(original[name], this, args); };
      const original = { then: Promise.prototype.then, get: Map.prototype.get, push: Array.prototype.push };
      Promise.prototype.then = note('then');
      Map.prototype.get = note('get');
      Array.prototype[Symbol.iterator] = function () { seen.push('iterator'); throw new Error('no'); };
      Object.defineProperty(Object.prototype, 'chain', { configurable: true, get() { seen.push('chain'); }, set() { seen.push('set'); } });
      Object.prototype.toJSON = function () { seen.push('toJSON'); return {}; };
      const context = await browser.newContext({ a: 1 });
      const page = await context.newPage();
      await page.locator('a').click();
      delete Object.prototype.toJSON; delete Object.prototype.chain;
      Promise.prototype.then = original.then;
      export default seen;`;
    // isolated-vm's own promise of each of the three calls.
    expect(await runtime.value(code)).toEqual(['then', 'then', 'then']);
  });

  it.each([
    ['an answer that is none', () => ({ value: 5 })],
    ['an error without a name', () => ({ error: { message: 'x' } })],
    ['more than JSON may be', () => ({ value: `"${'x'.repeat(1024 * 1024)}"` })],
  ])('refuses an embedder that says %s', async (_what, answer) => {
    const { runtime } = await withBrowser({ title: answer });
    const code = `${OPEN} export default await page.title().catch((error) => error.message)`;
    expect(await runtime.value(code)).toBe('The browser did not answer');
  });

  it('does not fall over an answer that cannot be read', async () => {
    const { runtime } = await withBrowser({ title: { $nonsense: 1 }, content: { $b: [0, 4] } });
    const code = `${OPEN}
      export default [await page.title().catch((e) => e.name), await page.content().catch((e) => e.name)]`;
    expect(await runtime.value(code)).toEqual(['TypeError', 'TypeError']);
  });

  it('lets a guest take no bytes beyond what one call carries', async () => {
    const { runtime } = await withBrowser({
      screenshot: async (_call: BindingBrowser, incoming: IncomingCall) => {
        const piece = Buffer.alloc(1024 * 1024);
        for (let i = 0; i < 17; i++) await incoming.write(piece);
        incoming.end();
        return { value: '{"$b":[0,10]}' };
      },
    });
    const code = `${OPEN} export default await page.screenshot().catch((error) => error.message)`;
    expect(await runtime.value(code)).toMatch(/did not answer|answered more than/);
  });
});
