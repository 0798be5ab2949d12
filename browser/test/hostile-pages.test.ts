import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrowserSession } from '../src/index.ts';
import { hasChromium, launchChromium, nothingIsLeft, servePages, type Pages } from './chromium.ts';
import { fn, TestGuest } from './test-guest.ts';

let browser: Browser;
let pages: Pages;
let session: BrowserSession;
let guest: TestGuest;
/** Endless answers that were asked for, and that somebody still takes. */
const sent = { downloads: 0, under: 0 };

const LIMITS = { pages: 4, downloads: 2, downloadBytes: 1_000_000, events: 50, answerMs: 200 };
const failed = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    (error: Error) => error.name,
  );

describe.runIf(hasChromium)('a hostile page', () => {
  beforeAll(async () => {
    pages = await servePages({
      '/': '<title>Home</title>',
      '/windows': '<script>for (let i = 0; i < 12; i++) window.open("/")</script>',
      '/alerts': '<script>for (;;) alert(1)</script>',
      '/downloads': `<script>for (let i = 0; i < 10; i++) {
        const a = document.createElement('a'); a.href = '/endless?' + i; a.download = ''; a.click(); }</script>`,
      '/endless': (_, response) => {
        response.setHeader('content-disposition', 'attachment; filename="a.bin"');
        sent.downloads++;
        sent.under++;
        const timer = setInterval(() => {
          if (!response.writableNeedDrain) response.write(Buffer.alloc(100_000));
        }, 20);
        response.on('close', () => {
          sent.under--;
          clearInterval(timer);
        });
      },
      '/hang': '<title>Hangs</title>',
      '/never': () => {},
    });
  });
  afterAll(() => pages[Symbol.asyncDispose]());
  beforeEach(async () => {
    browser = await launchChromium();
    session = new BrowserSession({
      createContext: (given) => browser.newContext(given),
      limits: LIMITS,
    });
    guest = new TestGuest(session);
  });
  afterEach(async () => {
    await session.close();
    nothingIsLeft(browser);
    await browser.close();
  });

  it('opens as many windows as there may be pages, and one event says that more were closed', async () => {
    const page = await guest.page();
    const context = page.s!.context as typeof page;
    await guest.call(context, '$listen', 'page', true);
    await guest.call(page, 'goto', `${pages.url}/windows`);
    const events = await guest.until('$closed');
    await expect.poll(() => browser.contexts()[0]!.pages().length).toBe(4);
    expect(session.getTrackedResources().pages).toHaveLength(4);
    expect(events.filter(({ event }) => event === '$closed')).toMatchObject([
      {
        object: 'browser',
        value: { reason: expect.stringContaining('4 pages are open') as string },
      },
    ]);
    expect(await guest.call(context, 'pages')).toHaveLength(4);
  });

  it('asks without end, and is answered whether anybody listens or not', async () => {
    const page = await guest.page();
    const gone = failed(guest.call(page, 'goto', `${pages.url}/alerts`, { timeout: 500 }));
    expect(await gone).toBe('TimeoutError');
    const other = await guest.page(page.s!.context as typeof page);
    await guest.call(other, '$listen', 'dialog', true);
    // Nobody answers the one that is told: it is dismissed.
    expect(await guest.call(other, 'evaluate', 'confirm("?")')).toBe(false);
    await guest.call(other, 'goto', pages.url);
  });

  it('downloads without end, and is cut off', async () => {
    const page = await guest.page();
    await guest.call(page, '$listen', 'download', true);
    await guest.call(page, 'goto', `${pages.url}/downloads`);
    const [download] = await guest.until('download');
    const failure = await guest.call(download!.value as never, 'failure');
    expect(failure).toBe('canceled');
    // What had come until that was known depends on how busy the machine is; nothing comes after.
    await expect.poll(() => sent.under).toBe(0);
    expect(sent.downloads).toBeGreaterThanOrEqual(2);
  });

  it('floods events, of which the guest is told how many it missed', async () => {
    const page = await guest.page();
    await guest.call(page, '$listen', 'console', true);
    await guest.call(page, 'evaluate', 'for (let i = 0; i < 500; i++) console.log(i)');
    await guest.call(page, 'evaluate', '1');
    const events = await guest.until('$lost');
    expect(events.length).toBeLessThanOrEqual(LIMITS.events + 1);
    expect(Number(events.at(-1)!.value)).toBeGreaterThan(300);
  });

  it('crashes: its calls reject, its neighbours go on', async () => {
    const page = await guest.page();
    const context = page.s!.context as typeof page;
    const other = await guest.page(context);
    await guest.call(page, '$listen', 'crash', true);
    const waiting = failed(guest.call(page, 'waitForFunction', fn('() => globalThis.never')));
    const own = browser.contexts()[0]!.pages()[0]!;
    await own.goto('chrome://crash').catch(() => {});
    await guest.until('crash');
    expect(await waiting).toBe('BrowserClosedError');
    expect(await failed(guest.call(page, 'title'))).toBe('BrowserClosedError');
    await guest.call(other, 'goto', pages.url);
    expect(await guest.call(other, 'title')).toBe('Home');
    expect(await guest.call(context, 'pages')).toHaveLength(1);
  });

  it('hangs: its calls time out or end with it, and it can be closed', async () => {
    const page = await guest.page();
    await guest.call(page, 'goto', `${pages.url}/hang`);
    const hangs = failed(guest.call(page, 'evaluate', 'for (;;);'));
    const never = failed(guest.call(page, 'waitForSelector', 'b', { timeout: 300 }));
    expect(await never).toBe('TimeoutError');
    await guest.call(page, 'close');
    expect(await hangs).toBe('BrowserClosedError');
    expect(session.getTrackedResources().pages).toEqual([]);
  });

  it('is gone with its browser, and the guest is told', async () => {
    const page = await guest.page();
    const waiting = failed(guest.call(page, 'goto', `${pages.url}/never`));
    await guest.call(page, 'title');
    await browser.close();
    expect(await waiting).toBe('BrowserClosedError');
    const [closed] = await guest.until('$closed');
    expect(closed!.value).toMatchObject({ id: (page.s!.context as typeof page).$h });
    expect(await failed(guest.call(page, 'title'))).toBe('BrowserClosedError');
    expect(await failed(guest.context())).toBe('BrowserClosedError');
  });

  it('is closed in bounded time, also where Playwright answers nothing', async () => {
    const quick = new BrowserSession({
      createContext: async (given) => {
        const context = await browser.newContext(given);
        const close = context.close.bind(context);
        context.close = () => {
          void close();
          return new Promise(() => {});
        };
        return context;
      },
      limits: { closeMs: 100 },
    });
    const other = new TestGuest(quick);
    const page = await other.page();
    const waiting = failed(other.call(page, 'waitForTimeout', 60_000));
    await quick.close();
    expect(await waiting).toBe('BrowserClosedError');
    expect(await failed(other.call('browser', 'contexts'))).toBe('BrowserClosedError');
    expect(quick.getTrackedResources()).toEqual({ contexts: [], pages: [] });
    await expect.poll(() => browser.contexts()).toHaveLength(0);
  });
});
