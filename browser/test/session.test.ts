import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrowserSession } from '../src/index.ts';
import { hasChromium, launchChromium, nothingIsLeft, servePages, type Pages } from './chromium.ts';
import { fn, TestGuest } from './test-guest.ts';

let browser: Browser;
let pages: Pages;
let session: BrowserSession;
let guest: TestGuest;

function open(options: Partial<ConstructorParameters<typeof BrowserSession>[0]> = {}) {
  session = new BrowserSession({
    createContext: (given) => browser.newContext(given),
    ...options,
  });
  guest = new TestGuest(session);
}

describe.runIf(hasChromium)('a browser session', () => {
  beforeAll(async () => {
    browser = await launchChromium();
    pages = await servePages({
      '/': `<title>Home</title><h1>Hello</h1><input id="name"><input id="file" type="file">
        <button onclick="name.value = 'x'">Go</button><iframe name="inner" src="/inner"></iframe>`,
      '/inner': '<p>inside</p>',
      '/data': (_, response) => {
        response.setHeader('content-type', 'application/json');
        response.end('{"a":1}');
      },
      '/file': (_, response) => {
        response.setHeader('content-disposition', 'attachment; filename="a.txt"');
        response.end('downloaded');
      },
    });
  });
  afterAll(async () => {
    await browser.close();
    await pages[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await session.close();
    nothingIsLeft(browser);
  });

  it('opens contexts and pages, and answers with handles and what is known of them', async () => {
    open();
    const context = await guest.context({ viewport: { width: 640, height: 480 } });
    expect(context).toEqual({ $h: 'context:1', c: 'Context' });
    const page = await guest.page(context);
    expect(page).toMatchObject({
      c: 'Page',
      s: {
        url: 'about:blank',
        isClosed: false,
        viewportSize: { width: 640, height: 480 },
        context,
      },
    });
    const response = await guest.call(page, 'goto', pages.url);
    expect(response).toMatchObject({
      c: 'Response',
      s: { status: 200, ok: true, request: { c: 'Request', s: { method: 'GET' } } },
    });
    expect(guest.states[page.$h]).toMatchObject({ url: `${pages.url}/` });
    expect(await guest.call(page, 'title')).toBe('Home');
    expect(await guest.call('browser', 'contexts')).toEqual([context]);
    expect(await guest.call(context, 'pages')).toMatchObject([{ $h: page.$h }]);
    expect(session.getTrackedResources()).toEqual({ contexts: [context.$h], pages: [page.$h] });
    await guest.call(page, 'close');
    expect(session.getTrackedResources().pages).toEqual([]);
    await expect(guest.call(page, 'title')).rejects.toMatchObject({ name: 'BrowserClosedError' });
    await guest.call(context, 'close');
    expect(session.getTrackedResources().contexts).toEqual([]);
  });

  it('follows locators, patterns and frames among them', async () => {
    open();
    const page = await guest.page();
    await guest.call(page, 'goto', pages.url);
    const heading = [['getByRole', 'heading', { name: { $r: ['^hel', 'i'] } }]] as never;
    expect(await guest.locator(page, heading, 'textContent')).toBe('Hello');
    await guest.locator(page, [['locator', '#name']], 'fill', 'Ada');
    expect(await guest.locator(page, [['locator', '#name']], 'inputValue')).toBe('Ada');
    const inner: [string, ...unknown[]][] = [
      ['frameLocator', 'iframe'],
      ['first'],
      ['getByText', 'inside'],
    ];
    expect(await guest.locator(page, inner, 'count')).toBe(1);
    const body = { $l: [page.$h, [['getByText', '["Hello"]']]] };
    expect(
      await guest.locator(
        page,
        [
          ['locator', 'body'],
          ['and', body],
        ],
        'count',
      ),
    ).toBe(0);
  });

  it('hands functions to pages as texts, and data both ways', async () => {
    open();
    const page = await guest.page();
    const data = { a: [1, { $n: 'NaN' }, { $d: 5 }], b: { $u: 1 }, c: { $r: ['x', 'g'] } };
    const answer = await guest.call(page, 'evaluate', fn('(given) => ({ ...given, $d: 1 })'), data);
    expect(answer).toEqual({
      $o: { a: [1, { $n: 'NaN' }, { $d: 5 }], b: { $u: 1 }, c: { $r: ['x', 'g'] }, $d: 1 },
    });
    const handle = await guest.call(page, 'evaluateHandle', fn('() => document.body'));
    expect(handle).toMatchObject({ c: 'ElementHandle' });
    const name = await guest.call(page, 'evaluate', fn('(body) => body.tagName'), {
      $h: (handle as { $h: string }).$h,
    });
    expect(name).toBe('BODY');
    await guest.call(page, 'evaluate', 'globalThis.x = 1');
    expect(await guest.call(page, 'evaluate', 'x + 1')).toBe(2);
  });

  it('takes pictures, which are bytes, and writes them where the host says', async () => {
    const written: Record<string, number> = {};
    open({
      files: {
        readFile: async () => Buffer.from('from the host'),
        writeFile: async (path, data) => void (written[path] = data.byteLength),
      },
    });
    const page = await guest.page();
    await guest.call(page, 'goto', pages.url);
    const picture = (await guest.call(page, 'screenshot')) as { $b: [number, number] };
    expect(picture.$b).toEqual([0, guest.bytes!.byteLength]);
    expect([...guest.bytes!.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect(await guest.call(page, 'screenshot', { path: '/a.png' })).toBeUndefined();
    expect(written['/a.png']).toBeGreaterThan(100);
    await guest.call(page, 'setInputFiles', '#file', '/etc/passwd');
    const text = fn('async () => await document.querySelector("#file").files[0].text()');
    expect(await guest.call(page, 'evaluate', text)).toBe('from the host');
    await guest.send(
      {
        ...{ object: page.$h, method: 'setInputFiles' },
        args: JSON.stringify(['#file', { name: 'b', mimeType: 'a/b', buffer: { $b: [1, 2] } }]),
      },
      Buffer.from('abcd'),
    );
    expect(await guest.call(page, 'evaluate', text)).toBe('bc');
  });

  it('tells what is listened to, and nothing else', async () => {
    open();
    const page = await guest.page();
    await guest.call(page, '$listen', 'console', true);
    await guest.call(page, '$listen', 'response', true);
    await guest.call(page, '$listen', 'pageerror', true);
    await guest.call(page, 'goto', `${pages.url}/data`);
    await guest.call(page, 'evaluate', 'console.log("hi", 1)');
    await guest.call(
      page,
      'evaluate',
      fn('() => void setTimeout(() => { throw new RangeError("no") })'),
    );
    const events = await guest.until('pageerror');
    expect(events.map(({ event, object }) => [object, event])).toEqual([
      [page.$h, 'response'],
      [page.$h, 'console'],
      [page.$h, 'pageerror'],
    ]);
    const [response, message, error] = events;
    expect(message!.value).toMatchObject({ c: 'ConsoleMessage', s: { type: 'log', text: 'hi 1' } });
    expect(error!.value).toMatchObject({ name: 'RangeError', message: 'no' });
    expect(await guest.call(response!.value as never, 'text')).toBe('{"a":1}');
  });

  it('has the guest answer dialogs and requests', async () => {
    open();
    const page = await guest.page();
    // Nobody listens: it is dismissed.
    expect(await guest.call(page, 'evaluate', 'confirm("go?")')).toBe(false);
    await guest.call(page, '$listen', 'dialog', true);
    const confirmed = guest.call(page, 'evaluate', 'confirm("go?")');
    const [dialog] = await guest.until('dialog');
    expect(dialog!.value).toMatchObject({ c: 'Dialog', s: { type: 'confirm', message: 'go?' } });
    await guest.call(dialog!.value as never, 'accept');
    expect(await confirmed).toBe(true);
    await guest.call(page, '$route', 7);
    const gone = guest.call(page, 'goto', 'http://nowhere.invalid/a');
    const [routed] = await guest.until('$route');
    const [id, route] = routed!.value as [number, never];
    expect(id).toBe(7);
    expect(route).toMatchObject({ s: { request: { s: { url: 'http://nowhere.invalid/a' } } } });
    await guest.call(route, 'fulfill', { body: '<title>ours</title>', contentType: 'text/html' });
    expect(await gone).toMatchObject({ s: { status: 200 } });
    expect(await guest.call(page, 'title')).toBe('ours');
    await guest.call(page, '$unroute', 7);
    await guest.call(page, 'goto', `${pages.url}/inner`);
  });

  it('hands downloads over, as bytes or to the files of the host', async () => {
    const written: Record<string, string> = {};
    open({ files: { writeFile: async (path, data) => void (written[path] = String(data)) } });
    const page = await guest.page();
    await guest.call(page, '$listen', 'download', true);
    await guest.call(page, 'goto', `${pages.url}/file`).catch(() => {});
    const [download] = await guest.until('download');
    expect(download!.value).toMatchObject({ c: 'Download', s: { suggestedFilename: 'a.txt' } });
    await guest.call(download!.value as never, '$body');
    expect(String(guest.bytes)).toBe('downloaded');
    await guest.call(download!.value as never, 'saveAs', '/got.txt');
    expect(written).toEqual({ '/got.txt': 'downloaded' });
  });

  it('opens CDP sessions on pages, for what is on the list', async () => {
    open();
    const page = await guest.page();
    const context = page.s!.context as never;
    const cdp = (await guest.call(context, 'newCDPSession', { $h: page.$h })) as never;
    const result = await guest.call(cdp, 'send', 'Runtime.evaluate', { expression: '1 + 1' });
    expect(result).toMatchObject({ result: { value: 2 } });
    await guest.call(cdp, '$listen', 'Network.requestWillBeSent', true);
    await guest.call(cdp, 'send', 'Network.enable');
    await guest.call(page, 'goto', pages.url);
    const [event] = await guest.until('Network.requestWillBeSent');
    expect(event!.value).toMatchObject({ request: { url: `${pages.url}/` } });
    await guest.call(cdp, 'detach');
  });

  it('tells the embedder what happens', async () => {
    const events: string[] = [];
    open({ onEvent: (event) => events.push(event.type) });
    const page = await guest.page();
    await guest.call(page, 'goto', `${pages.url}/inner`);
    await guest.call(
      page,
      'evaluate',
      'console.log(1); fetch("http://127.0.0.1:1/").catch(() => 0)',
    );
    await expect
      .poll(() => [...new Set(events)].toSorted())
      .toEqual(['browserConsoleLog', 'networkRequest', 'networkResponse', 'requestFailure']);
  });
});
