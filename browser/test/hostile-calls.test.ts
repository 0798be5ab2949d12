import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrowserSession } from '../src/index.ts';
import { hasChromium, launchChromium, nothingIsLeft, servePages, type Pages } from './chromium.ts';
import { fn, TestGuest } from './test-guest.ts';

let browser: Browser;
let pages: Pages;
let session: BrowserSession;
let guest: TestGuest;
const given: unknown[] = [];
/** For what Chromium takes its time with. */
const PATIENT = { timeout: 60_000 };
type Handle = Awaited<ReturnType<TestGuest['page']>>;

/** What a call is refused with; fails for one that is answered. */
async function failure(call: Promise<unknown>): Promise<string> {
  const answered = await call.then(
    (value) => ({ value }),
    (error: Error) => error.name,
  );
  if (typeof answered === 'string') return answered;
  throw new Error(`it was answered: ${JSON.stringify(answered.value)}`);
}

describe.runIf(hasChromium)('hostile calls', () => {
  beforeAll(async () => {
    browser = await launchChromium();
    pages = await servePages({
      '/': '<title>Home</title><input type="file" id="file">',
      '/to-file': (_, response) => {
        response.writeHead(302, { location: 'file:///etc/passwd' });
        response.end();
      },
    });
  });
  afterAll(async () => {
    await browser.close();
    await pages[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await session.close();
    given.length = 0;
    nothingIsLeft(browser);
  });

  const open = (options: object = {}) => {
    session = new BrowserSession({
      createContext: (options_) => {
        given.push(options_);
        return browser.newContext(options_);
      },
      ...options,
    });
    guest = new TestGuest(session);
  };

  it('name no method that is not on the list', async () => {
    open();
    const page = await guest.page();
    const context = page.s!.context as Handle;
    const methods: [string | Handle, string[]][] = [
      [
        'browser',
        ['close', 'newPage', 'newBrowserCDPSession', 'launch', 'startTracing', 'version'],
      ],
      [context, ['exposeBinding', 'exposeFunction', 'tracing', 'tracing.start', 'request.get']],
      [context, ['browser', 'routeFromHAR', 'routeWebSocket', 'constructor', '__proto__', 'emit']],
      [page, ['exposeBinding', 'exposeFunction', 'request', 'request.get', 'pause', 'video', 'on']],
      [page, ['toString', 'hasOwnProperty', '_channel', '_wrapApiCall', 'keyboard', 'keyboard.x']],
      [
        page,
        ['__proto__.goto', 'constructor.from', 'keyboard.press.call', 'mouse.constructor', ''],
      ],
      [page, ['locator', 'url', 'mainFrame.goto', 'context', 'waitForEvent', '$h']],
    ];
    const names: Promise<string>[] = [];
    for (const [object, list] of methods) {
      for (const method of list) names.push(failure(guest.call(object, method)));
    }
    expect(new Set(await Promise.all(names))).toEqual(new Set(['BrowserRefusedError']));
  });

  it('name no handle that is not theirs', async () => {
    open();
    const page = await guest.page();
    for (const id of ['page:999', 'context:0', '__proto__', 'constructor', 'page:2 ', 'Page']) {
      expect(await failure(guest.call(id, 'title'))).toBe('HandleGoneError');
      const argument = guest.call(page, 'evaluate', fn('() => 1'), { $h: id });
      expect(await failure(argument)).toBe('HandleGoneError');
    }
    const other = new BrowserSession({ createContext: () => browser.newContext() });
    const others = await new TestGuest(other).page();
    await new TestGuest(other).call(others, 'close');
    // Its own of that id, and not the one that is open elsewhere.
    expect(await failure(new TestGuest(other).call(page, 'title'))).toBe('BrowserClosedError');
    await other.close();
  });

  it('send no page where no guest’s page may be', async () => {
    open();
    const page = await guest.page();
    const addresses = [
      'file:///etc/passwd',
      'FILE:///etc/passwd',
      ' \u0001file:///etc/passwd',
      'fi\nle:///etc/passwd',
      'chrome://version',
      'about:version',
      'about:flags',
      'view-source:http://127.0.0.1/',
      'devtools://devtools/bundled/inspector.html',
      'chrome-extension://abc/x.html',
      'javascript:alert(1)',
      'filesystem:http://127.0.0.1/temporary/x',
      'ftp://127.0.0.1/',
    ];
    for (const address of addresses) {
      // eslint-disable-next-line no-await-in-loop -- one page, one after the other
      expect([address, await failure(guest.call(page, 'goto', address))]).toEqual([
        address,
        'BrowserRefusedError',
      ]);
    }
    expect(await failure(guest.call(page, 'goto', `${pages.url}/to-file`))).toBe('Error');
    const own = await guest.page();
    await guest.call(own, 'goto', pages.url);
    await guest.call(own, 'evaluate', "void window.open('file:///etc/passwd')");
    await guest.call(own, 'evaluate', "location.href = 'file:///etc/passwd'");
    await guest.call(
      own,
      'evaluate',
      "void (document.body.innerHTML = '<iframe src=file:///etc/passwd></iframe>')",
    );
    const urls = browser
      .contexts()
      .flatMap((context) =>
        context.pages().flatMap((each) => each.frames().map((frame) => frame.url())),
      );
    expect(urls.filter((url) => url.startsWith('file:'))).toEqual([]);
    expect(await guest.call(own, 'goto', 'data:text/html,<title>data</title>')).toBeNull();
    const based = await guest.context({ baseURL: pages.url });
    const relative = await guest.page(based);
    await guest.call(relative, 'goto', '/?a');
    expect(guest.states[relative.$h]!.url).toBe(`${pages.url}/?a`);
    const file = guest.call('browser', 'newContext', { baseURL: 'file:///etc/' });
    expect(await failure(file)).toBe('BrowserRefusedError');
  });

  it('end a page that got there all the same, and answer nothing of it', PATIENT, async () => {
    open();
    const page = await guest.page();
    // From outside, as a fault of a browser would have it.
    const [own] = browser.contexts()[0]!.pages();
    const waiting = failure(guest.call(page, 'waitForFunction', fn('() => globalThis.never')));
    await own!.goto('file:///etc/passwd').catch(() => {});
    expect(await waiting).toBe('BrowserClosedError');
    expect(await failure(guest.call(page, 'content'))).toBe('BrowserClosedError');
    // Chromium waits 10 s for a document that was just left, now and then, before it closes its page; on a busy machine over 20.
    await expect.poll(() => own!.isClosed(), { timeout: 50_000 }).toBe(true);
  });

  it('give no option that leads to the host', async () => {
    open();
    const refusedOptions: object[] = [
      { proxy: { server: 'http://127.0.0.1:1' } },
      { recordVideo: { dir: '/tmp' } },
      { recordHar: { path: '/tmp/a' } },
      { executablePath: '/bin/sh' },
      { args: ['--x'] },
      { env: {} },
      { channel: 'chrome' },
      { ignoreDefaultArgs: true },
      { clientCertificates: [] },
      { logger: {} },
      { downloadsPath: '/tmp' },
      { tracesDir: '/tmp' },
      { userDataDir: '/tmp' },
      { permissions: ['clipboard-read'] },
      { permissions: ['camera'] },
      { constructor: 1 },
    ];
    for (const options of refusedOptions) {
      const call = guest.call('browser', 'newContext', options);
      // eslint-disable-next-line no-await-in-loop -- each is told apart
      expect([JSON.stringify(options), await failure(call)]).toEqual([
        JSON.stringify(options),
        'BrowserRefusedError',
      ]);
    }
    for (const options of [{ viewport: { width: 1e9, height: 1 } }, { profile: {} }, 5, []]) {
      // eslint-disable-next-line no-await-in-loop -- as above
      expect(await failure(guest.call('browser', 'newContext', options))).toMatch(/Error$/);
    }
    expect(given).toEqual([]);
  });

  it('read and write no path of the host', async () => {
    const paths: string[] = [];
    open();
    const page = await guest.page();
    const context = page.s!.context as Handle;
    const refusals = () => [
      guest.call(page, 'screenshot', { path: '/tmp/cofferdam-x.png' }),
      guest.call(page, 'pdf', { path: '/tmp/cofferdam-x.pdf' }),
      guest.call(page, 'setInputFiles', '#file', '/etc/passwd'),
      guest.call(page, 'setInputFiles', '#file', ['/etc/passwd']),
      guest.locator(page, [['locator', '#file']], 'setInputFiles', '/etc/passwd'),
      guest.call(page, 'addScriptTag', { path: '/etc/passwd' }),
      guest.call(page, 'addStyleTag', { path: '/etc/passwd' }),
      guest.call(page, 'addInitScript', { path: '/etc/passwd' }),
      guest.call(context, 'addInitScript', { path: '/etc/passwd' }),
      guest.call(context, 'storageState', { path: '/tmp/cofferdam-x.json' }),
      guest.call('browser', 'newContext', { storageState: '/etc/passwd' }),
      guest.call('browser', 'newContext', { profile: 'main' }),
    ];
    await guest.call(page, 'goto', pages.url);
    const names = await Promise.all(refusals().map(failure));
    expect(new Set(names)).toEqual(new Set(['BrowserRefusedError', 'ProfileError']));
    const objects = guest.call(page, 'setInputFiles', '#file', [{ path: '/etc/passwd' }]);
    expect(await failure(objects)).toBe('BrowserRefusedError');
    const inline = { name: 'a', mimeType: 'a/b', buffer: '/etc/passwd' };
    expect(await failure(guest.call(page, 'setInputFiles', '#file', inline))).toBe('TypeError');
    await session.close();
    // With files all of them go to the binding, with the path as the guest said it.
    open({
      files: {
        readFile: async (path: string) => {
          paths.push(path);
          throw Object.assign(new Error('nothing'), { code: 'ENOENT' });
        },
      },
    });
    const again = await guest.page();
    const missing = guest.call(again, 'addScriptTag', { path: '/etc/passwd' });
    expect(await failure(missing)).toBe('Error');
    expect(paths).toEqual(['/etc/passwd']);
  });

  it('answer routes with no file, and send no request elsewhere than over HTTP', async () => {
    open();
    const page = await guest.page();
    await guest.call(page, '$route', 1);
    const gone = guest.call(page, 'goto', pages.url);
    const [routed] = await guest.until('$route');
    const [, route] = routed!.value as [number, Handle];
    for (const options of [{ path: '/etc/passwd' }, { har: '/etc/passwd' }, { response: {} }]) {
      // eslint-disable-next-line no-await-in-loop -- one route
      expect(await failure(guest.call(route, 'fulfill', options))).toBe('BrowserRefusedError');
    }
    const elsewhere = guest.call(route, 'continue', { url: 'file:///etc/passwd' });
    expect(await failure(elsewhere)).toBe('BrowserRefusedError');
    await guest.call(route, 'continue');
    expect(await gone).toMatchObject({ s: { status: 200 } });
    expect(await failure(guest.call(route, 'continue'))).toBe('HandleGoneError');
  });

  it('have no pattern or function run here', async () => {
    open();
    const page = await guest.page();
    const pattern = { $r: ['(a+)+$', ''] };
    const context = page.s!.context as Handle;
    const cookies = guest.call(context, 'clearCookies', { name: pattern });
    expect(await failure(cookies)).toBe('BrowserRefusedError');
    expect(await failure(guest.call(page, 'fill', 'input', fn('() => 1')))).toBe('TypeError');
    const escape = `1) }; globalThis.escaped = true; (() => { (`;
    expect(await failure(guest.call(page, 'evaluate', fn(escape)))).toBe('Error');
    await guest.call(page, 'evaluate', fn('() => { globalThis.escaped = true }'));
    await guest.call(page, 'addInitScript', fn('() => { globalThis.escaped = true }'));
    expect(globalThis).not.toHaveProperty('escaped');
    // What takes data takes no object of ours, whose insides would go with it.
    const self = guest.call(page, 'evaluate', fn('(x) => x'), { $h: page.$h });
    expect(await failure(self)).toBe('TypeError');
    const locator = { $l: [page.$h, []] };
    expect(await failure(guest.call(page, 'evaluate', fn('(x) => x'), locator))).toBe('TypeError');
  });

  it('get nothing of a host’s function that answers something else', async () => {
    open({ createContext: () => ({ newPage: () => 1 }) });
    await expect(guest.context()).rejects.toThrow('The host answered no context');
    await session.close();
    open({ createPage: () => process });
    await expect(guest.page()).rejects.toThrow('The host answered no page');
    await session.close();
    open({
      createContext: () => {
        throw new RangeError('none today');
      },
    });
    await expect(guest.context()).rejects.toMatchObject({
      name: 'RangeError',
      message: 'none today',
    });
  });

  it('send nothing over CDP that is not on the list', async () => {
    open();
    const page = await guest.page();
    const context = page.s!.context as Handle;
    const cdp = (await guest.call(context, 'newCDPSession', { $h: page.$h })) as Handle;
    const methods = [
      'Browser.close',
      'Browser.setDownloadBehavior',
      'Target.getTargets',
      'Target.attachToTarget',
      'Page.navigate',
      'Page.setDownloadBehavior',
      'DOM.setFileInputFiles',
      'Input.dispatchDragEvent',
      'IO.read',
      'SystemInfo.getInfo',
      'Tracing.start',
      'Storage.getCookies',
      'Network.getAllCookies',
      'Network.loadNetworkResource',
      'Fetch.enable',
      'Page.crash',
      'runtime.evaluate',
      'Runtime.evaluate ',
      'toString',
      '',
    ];
    for (const method of methods) {
      // eslint-disable-next-line no-await-in-loop -- each is told apart
      expect([method, await failure(guest.call(cdp, 'send', method))]).toEqual([
        method,
        'BrowserRefusedError',
      ]);
    }
    expect(await failure(guest.call(cdp, '$listen', 'Target.targetCreated', true))).toMatch(
      /Refused/,
    );
    const other = await guest.page();
    const foreign = guest.call(context, 'newCDPSession', { $h: other.$h });
    expect(await failure(foreign)).toBe('TypeError');
  });

  it('are no more than a session takes', async () => {
    open({
      limits: { contexts: 2, pages: 3, calls: 5, objectHandles: 4, scripts: 2, cdpSessions: 1 },
    });
    const page = await guest.page();
    const context = page.s!.context as Handle;
    await guest.page();
    expect(await failure(guest.context())).toBe('BrowserLimitError');
    await guest.page(context);
    expect(await failure(guest.page(context))).toBe('BrowserLimitError');
    const objects = [1, 2, 3, 4].map(() => guest.call(page, 'evaluateHandle', 'window'));
    const [first] = (await Promise.all(objects)) as Handle[];
    expect(await failure(guest.call(page, 'evaluateHandle', 'window'))).toBe('BrowserLimitError');
    await guest.call(first!, 'dispose');
    await guest.call(page, 'evaluateHandle', 'window');
    await guest.call(page, 'addInitScript', '1');
    await guest.call(page, '$route', 1);
    expect(await failure(guest.call(page, '$route', 2))).toBe('BrowserLimitError');
    await guest.call(page, '$unroute', 1);
    await guest.call(context, 'newCDPSession', { $h: page.$h });
    const second = guest.call(context, 'newCDPSession', { $h: page.$h });
    expect(await failure(second)).toBe('BrowserLimitError');
    const calls = Array.from({ length: 5 }, () =>
      failure(guest.call(page, 'waitForTimeout', 100_000)),
    );
    expect(await failure(guest.call(page, 'title'))).toBe('BrowserLimitError');
    await session.close();
    const ends = await Promise.all(calls);
    expect(new Set(ends)).toEqual(new Set(['BrowserClosedError']));
  });

  it('are no more than is read, and get no more than is told', async () => {
    open();
    const page = await guest.page();
    const text = async (args: string) => {
      const { answer } = await session.call(
        { object: page.$h, method: 'evaluate', args },
        undefined,
        new AbortController().signal,
      );
      return answer.error?.name;
    };
    expect(await text('{}')).toBe('TypeError');
    expect(await text('[')).toMatch(/Error$/);
    expect(await text(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)).toMatch(/Error$/);
    expect(await text('[{"$b":[0,1]}]')).toBe('TypeError');
    expect(await text('[{"$x":1}]')).toBe('TypeError');
    expect(await text('[{"$f":1}]')).toBe('TypeError');
    const large = [
      '"x".repeat(2e6)',
      'Array.from({ length: 3e5 }, () => 1)',
      '(() => { let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return a })()',
      '(() => { const a = {}; a.a = a; return a })()',
    ];
    for (const source of large) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect([source, await failure(guest.call(page, 'evaluate', source))]).toEqual([
        source,
        expect.stringMatching(/Error$/),
      ]);
    }
  });
});
