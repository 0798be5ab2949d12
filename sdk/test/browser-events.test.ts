import { describe, expect, it } from 'vitest';
import { browserGuests, hasChromium, ownChromium, ownPages } from './browser-rig.ts';

const pages = ownPages({
  '/': '<title>Home</title><a href="/popup" target="_blank">popup</a><button>Go</button>',
  '/popup': '<title>Popup</title>',
  '/slow': (_request, response) => void setTimeout(() => response.end('<title>Slow</title>'), 200),
  '/json': '{"a":1}',
  '/file': (_request, response) => {
    response.setHeader('content-disposition', 'attachment; filename="a.txt"');
    response.end('downloaded');
  },
  '/favicon.ico': '',
});

const chromium = ownChromium();
const open = browserGuests(chromium);

/** Runs the body of an async function in a guest, which has `page` at `base`. */
async function run(body: string): Promise<unknown> {
  const guest = await open({ base: pages() });
  return await guest.value(`
    const context = await browser.newContext();
    const page = await context.newPage();
    const failed = (promise) => promise.then(() => 'fulfilled', (error) => [error.name, error.message.split('\\n')[0]]);
    await page.goto(base);
    try { ${body} } finally { await context.close(); }`);
}

describe.runIf(hasChromium)('what happens in a page', () => {
  it('is told to listeners by the time a call is done', async () => {
    const body = `
      const seen = [];
      const onConsole = (message) => seen.push([message.type(), message.text(), message.page() === page]);
      page.on('console', onConsole);
      page.on('pageerror', (error) => seen.push([error instanceof Error, error.name, error.message]));
      page.once('console', () => seen.push('once'));
      await page.evaluate(() => { console.warn('one', 2); setTimeout(() => { throw new RangeError('late'); }); });
      await page.waitForTimeout(50);
      await page.evaluate(() => console.log('again'));
      page.off('console', onConsole);
      await page.evaluate(() => console.log('unheard'));
      for (let i = 0; i < 20; i++) { page.on('console', onConsole); await page.evaluate((i) => console.log(i), i); page.removeAllListeners('console'); }
      return [seen.slice(0, 4), seen.slice(4).map(([, text]) => text).join(',')];`;
    expect(await run(body)).toEqual([
      [['warning', 'one 2', true], 'once', [true, 'RangeError', 'late'], ['log', 'again', true]],
      Array.from({ length: 20 }, (_, i) => i).join(','),
    ]);
  });

  it('are requests, answers and failures', async () => {
    const body = `
      const seen = [];
      for (const event of ['request', 'response', 'requestfinished', 'requestfailed']) page.on(event, (what) => seen.push([event, what.url().replace(base, '')]));
      context.on('response', (response) => seen.push(['context', response.status()]));
      await page.evaluate(() => fetch('/json').then((r) => r.text()));
      await page.waitForEvent('requestfailed', { predicate: () => true, timeout: 100 }).catch(() => {});
      const failure = page.waitForEvent('requestfailed');
      await page.evaluate(() => fetch('http://127.0.0.1:1/').catch(() => {}));
      return [seen.slice(0, 4).sort(), (await failure).failure().errorText];`;
    expect(await run(body)).toEqual([
      [
        ['context', 200],
        ['request', '/json'],
        ['requestfinished', '/json'],
        ['response', '/json'],
      ],
      expect.stringContaining('ERR_'),
    ]);
  });

  it('are dialogs, which wait for an answer', async () => {
    const body = `
      page.on('dialog', async (dialog) => {
        if (dialog.type() === 'prompt') await dialog.accept(dialog.message() + dialog.defaultValue()); else await dialog.dismiss();
      });
      const answers = await page.evaluate(() => [prompt('a', 'b'), confirm('?')]);
      page.removeAllListeners();
      return [answers, await page.evaluate(() => confirm('nobody listens'))];`;
    expect(await run(body)).toEqual([['ab', false], false]);
  });

  it('are popups and pages', async () => {
    const body = `
      const pages = [];
      context.on('page', (opened) => pages.push(opened));
      const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('a')]);
      await popup.waitForLoadState();
      const results = [await popup.title(), popup.url() === base + '/popup', pages[0] === popup, (await popup.opener()) === page, (await context.pages()).length];
      const closing = popup.waitForEvent('close');
      await popup.evaluate(() => setTimeout(() => window.close()));
      return [...results, (await closing) === popup, popup.isClosed()];`;
    expect(await run(body)).toEqual(['Popup', true, true, true, 2, true, true]);
  });

  it('are downloads', async () => {
    const body = `
      const waiting = page.waitForEvent('download');
      await page.evaluate(() => { location.href = '/file'; });
      const download = await waiting;
      const bytes = await download.body();
      return [download.suggestedFilename(), download.url() === base + '/file', download.page() === page, bytes.toString(), await download.failure()];`;
    expect(await run(body)).toEqual(['a.txt', true, true, 'downloaded', null]);
  });

  it('is waited for no longer than somebody says', async () => {
    const body = `
      const results = [
        await failed(page.waitForEvent('popup', { timeout: 20 })),
        await failed(page.waitForResponse('**/none', { timeout: 20 })),
        await failed(page.waitForEvent('console', () => { throw new SyntaxError('of the predicate'); }).finally(page.evaluate(() => console.log(1)).catch(() => {}))),
      ];
      page.setDefaultTimeout(30);
      results.push(await failed(page.waitForRequest(() => true)), (await failed(page.click('#none')))[0]);
      const closing = failed(page.waitForEvent('popup', { timeout: 0 }));
      await page.close();
      results.push((await closing)[0]);
      try { page.on('nonsense', () => {}); } catch (error) { results.push(error.name); }
      return results;`;
    expect(await run(body)).toEqual([
      ['TimeoutError', 'Timeout 20ms exceeded while waiting for event "popup"'],
      ['TimeoutError', expect.stringContaining('**/none')],
      ['SyntaxError', 'of the predicate'],
      ['TimeoutError', expect.stringContaining('30ms')],
      'TimeoutError',
      'BrowserClosedError',
      'TypeError',
    ]);
  });

  it('is waited for by address, state and code', async () => {
    const body = `
      const go = (path) => page.evaluate((path) => void setTimeout(() => { location.href = path; }, 30), path);
      await go('/slow'); await page.waitForURL(/slow$/); const first = await page.title();
      await go('/popup'); await page.waitForURL((url) => url.pathname === '/popup'); const second = page.url() === base + '/popup';
      await page.waitForURL('**/popup');
      await page.waitForLoadState('networkidle');
      const late = await failed(page.waitForURL('**/never', { timeout: 30 }));
      const navigation = page.waitForNavigation();
      await go('/');
      const response = await navigation;
      await page.evaluate(() => setTimeout(() => document.body.append(Object.assign(document.createElement('i'), { textContent: 'late' })), 30));
      const element = await page.waitForSelector('i');
      return [first, second, late[0], response.url() === base + '/', await element.innerText(), await page.locator('b').waitFor({ state: 'detached' })];`;
    expect(await run(body)).toEqual(['Slow', true, 'TimeoutError', true, 'late', null]);
  });
});

describe.runIf(hasChromium)('the DevTools protocol of a page', () => {
  it('is asked and listened to, as far as a guest may', async () => {
    const body = `
      const session = await context.newCDPSession(page);
      const seen = [];
      session.on('Runtime.consoleAPICalled', ({ args }) => seen.push(args[0].value));
      await session.send('Runtime.enable');
      const { result } = await session.send('Runtime.evaluate', { expression: 'console.log("heard"), 6 * 7' });
      await page.evaluate(() => 1);
      const other = await page.target().createCDPSession();
      const tree = await other.send('Page.getFrameTree');
      const refused = await failed(session.send('Browser.close'));
      const files = await failed(session.send('Page.setDownloadBehavior', { behavior: 'allow', downloadPath: '/tmp' }));
      await session.detach();
      return [result.value, seen, tree.frameTree.frame.url === page.url(), refused[0], files[0], (await failed(session.send('Runtime.enable')))[0]];`;
    expect(await run(body)).toEqual([
      42,
      ['heard'],
      true,
      'BrowserRefusedError',
      'BrowserRefusedError',
      expect.stringMatching(/Error/),
    ]);
  });
});
