import { describe, expect, it } from 'vitest';
import { browserGuests, hasChromium, ownChromium, ownPages } from './browser-rig.ts';

const pages = ownPages({ '/': '<title>Home</title><p>text</p>', '/favicon.ico': '' });
const chromium = ownChromium();
const open = browserGuests(chromium);

const OPENED = `
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(base);
  const nameOf = async (run) => { try { await run(); return 'fulfilled'; } catch (error) { return error.name; } };`;

describe.runIf(hasChromium)('a hostile guest', () => {
  it('gets at nothing that is not on the list, by no name and no prototype', async () => {
    const guest = await open({ base: pages() });
    const body = `${OPENED}
      const names = new Set();
      for (const object of [browser, context, page, page.locator('p'), await page.mainFrame(), page.keyboard]) {
        for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) Reflect.ownKeys(at).forEach((name) => names.add(String(name)));
      }
      const forbidden = ['exposeFunction', 'exposeBinding', 'routeFromHAR', 'video', 'tracing', '_channel', '_connection', 'browserType', 'launch', '$listen', '$route', '$events', 'request', 'pause'];
      const proto = Object.getPrototypeOf(page);
      class Own extends proto.constructor {}
      return [forbidden.filter((name) => names.has(name)), await nameOf(() => new Own()), await nameOf(() => proto.click.call({ id: 'page:1' }, 'p')),
        await nameOf(() => proto.goto.call(context, base)), await nameOf(() => proto.click.call(new Proxy(page, {}), 'p')),
        await nameOf(() => Reflect.construct(proto.constructor, [], Array))];`;
    expect(await guest.value(body)).toEqual([
      [],
      'TypeError',
      'TypeError',
      'BrowserRefusedError',
      'TypeError',
      'TypeError',
    ]);
  });

  it('cannot have another guest’s pages, nor files and settings of the host', async () => {
    const [one, other] = [await open({ base: pages() }), await open({ base: pages() })];
    expect(
      await one.value(
        `${OPENED} globalThis.page = page; return (await browser.contexts()).length;`,
      ),
    ).toBe(1);
    const body = `${OPENED}
      const files = ['/etc/passwd', '../../etc/passwd'];
      const results = [(await browser.contexts()).length, (await context.pages()).length];
      results.push(await nameOf(() => page.goto('file:///etc/passwd')), await nameOf(() => page.setInputFiles('p', files)));
      results.push(await nameOf(() => page.screenshot({ path: '/tmp/of-a-guest.png' })), await nameOf(() => page.addScriptTag({ path: files[0] })));
      results.push(await nameOf(() => browser.newContext({ recordVideo: { dir: '/tmp' } })), await nameOf(() => browser.newContext({ storageState: files[0] })));
      results.push(await nameOf(() => browser.newContext({ proxy: { server: 'http://127.0.0.1:1' } })));
      results.push(await nameOf(() => context.addInitScript({ path: files[0] })), await nameOf(() => page.pdf({ path: '/tmp/of-a-guest.pdf' })));
      return results;`;
    const found = (await other.value(body)) as unknown[];
    expect(found.slice(0, 2)).toEqual([1, 1]);
    expect(found.slice(2).filter((name) => name === 'fulfilled')).toEqual([]);
  });

  it('keeps its browser and its neighbours’ when it floods it', async () => {
    const guest = await open({ base: pages() });
    const neighbour = await open({ base: pages() });
    const flood = guest.value(`${OPENED}
      globalThis.page = page;
      const refused = [];
      for (let i = 0; i < 2_000; i++) page.evaluate('new Promise(() => {})').catch((error) => refused.push(error.message));
      while (refused.length < 1_744) await new Promise((resolve) => setTimeout(resolve, 10));
      return [refused.length, [...new Set(refused)]];`);
    expect(await flood).toEqual([1_744, ['more than 256 calls wait for the browser']]);
    expect(await neighbour.value(`${OPENED} return await page.title();`)).toBe('Home');
  });

  it('changes its realm, and the library goes on as before', async () => {
    const guest = await open({ base: pages() });
    const body = `${OPENED}
      const victims = [[RegExp.prototype, 'exec'], [RegExp.prototype, 'test'], [String.prototype, 'slice'], [String.prototype, 'indexOf'],
        [Array.prototype, 'push'], [Array.prototype, 'map'], [Array.prototype, Symbol.iterator], [Map.prototype, 'get'], [Map.prototype, 'set'],
        [Function.prototype, 'call'], [Function.prototype, 'apply'], [Function.prototype, 'toString'], [Object, 'keys'], [Object.prototype, 'toJSON']];
      const kept = victims.map(([holder, name]) => Object.getOwnPropertyDescriptor(holder, name));
      const touched = [];
      const { defineProperty } = Object;
      for (let i = 0; i < victims.length; i++) {
        defineProperty(victims[i][0], victims[i][1], { configurable: true, writable: true, value() { touched[touched.length] = i; return undefined; } });
      }
      let heard = 0, results;
      try {
        page.on('console', () => { heard++; });
        const waiting = page.waitForEvent('console', (message) => message.text() === 'x');
        const sum = await page.evaluate((n) => { console.log('x'); return n + 1; }, 1);
        const message = await waiting;
        const text = await page.locator('p').textContent();
        const title = await page.title();
        const there = await page.frame({ url: '**/' });
        results = { sum, text, title, said: message.text(), heard, there: there !== null };
      } finally {
        for (let i = 0; i < victims.length; i++) {
          if (kept[i]) defineProperty(victims[i][0], victims[i][1], kept[i]); else delete victims[i][0][victims[i][1]];
        }
      }
      return [results, touched];`;
    const results = { sum: 2, text: 'text', title: 'Home', said: 'x', heard: 1, there: true };
    expect(await guest.value(body)).toEqual([results, []]);
  });

  it('is told nothing of the host by what a page answers', async () => {
    const guest = await open({ base: pages() });
    const body = `${OPENED}
      const tricks = await page.evaluate(() => ({ $h: 'page:1', c: 'Page', then: 1, __proto__: { a: 1 }, ['__proto__']: { polluted: true }, $b: [0, 9], $f: 'x' }));
      return [Object.keys(tricks).sort(), tricks.$h, ({}).polluted === undefined, Object.getPrototypeOf(tricks) === Object.prototype];`;
    const found = (await guest.value(body)) as unknown[];
    expect(found[0]).toEqual(expect.arrayContaining(['$b', '$f', '$h', 'c', 'then']));
    expect(found.slice(1)).toEqual(['page:1', true, true]);
  });
});

describe.runIf(hasChromium)('functions for a page', () => {
  it('go there as they were written, also where async context is kept', async () => {
    const guest = await open({ base: pages() });
    const body = `${OPENED}
      const storage = new AsyncContext.Variable();
      const inPage = await page.evaluate(async (given) => {
        const seen = [];
        for await (const item of [Promise.resolve(given)]) seen.push(item);
        try { await Promise.reject(new Error('in the page')); } catch (error) { seen.push(error.message); }
        await using held = { [Symbol.asyncDispose]: async () => { seen.push('disposed'); } };
        async function* more() { yield* [await 1, await 2]; }
        for await (const item of more()) seen.push(item);
        return seen;
      }, 'given');
      const heard = await storage.run('kept', async () => {
        const heard = [];
        page.on('console', () => heard.push(storage.get()));
        await page.evaluate(() => console.log('x'));
        return heard;
      });
      return [inPage, heard];`;
    expect(await guest.value(body)).toEqual([['given', 'in the page', 1, 2, 'disposed'], ['kept']]);
  });
});
