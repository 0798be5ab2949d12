import { describe, expect, it } from 'vitest';
import { browserGuests, hasChromium, ownChromium, ownPages } from './browser-rig.ts';

/** A page that shows most of what a guest does with one. */
const FORM = `<!doctype html><title>Form</title><meta charset="utf-8">
<h1 title="Heading">  Sign   up </h1>
<form onsubmit="event.preventDefault(); out.textContent = 'sent ' + name.value">
  <label>Name <input name="name" id="name" placeholder="Your name"></label>
  <label><input type="checkbox" id="agree"> Agree</label>
  <select id="colour" aria-label="Colour"><option>red</option><option>green</option></select>
  <input type="file" id="file" onchange="files[0].text().then((text) => { out.textContent = 'file ' + text })">
  <button data-testid="send">Send</button>
</form>
<ul><li>one</li><li>two <b>bold</b></li><li hidden>three</li></ul>
<img alt="A picture" src="data:,"><p id="out"></p>
<iframe name="inner" srcdoc="<button onclick='this.textContent=1'>inside</button>"></iframe>`;

const pages = ownPages({
  '/form': FORM,
  '/two':
    '<title>Two</title><a href="/form">form</a><a href="/form" target="_blank" id="new">new</a>',
  '/json': (request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-own', 'a header');
      response.end(JSON.stringify({ method: request.method, text }));
    });
  },
  '/file': (_request, response) => {
    response.setHeader('content-disposition', 'attachment; filename="a.txt"');
    response.end('downloaded');
  },
  '/favicon.ico': '',
});

const chromium = ownChromium();
const open = browserGuests(chromium);

/** Runs the body of an async function in a guest, which has \`page\` on an empty page and \`base\`. */
async function run(body: string): Promise<unknown> {
  const guest = await open({ base: pages() });
  return await guest.value(`
    const context = await browser.newContext();
    const page = await context.newPage();
    const failed = (promise) => promise.then(() => 'fulfilled', (error) => [error.name, error.message.split('\\n')[0]]);
    try { ${body} } finally { await context.close(); }`);
}

describe.runIf(hasChromium)('contexts and pages of a guest', () => {
  it('open, are listed, and close', async () => {
    const guest = await open();
    const body = `
      const before = (await browser.contexts()).length;
      const context = await browser.newContext({ viewport: { width: 300, height: 200 }, userAgent: 'Guest/1' });
      const page = await context.newPage();
      const listed = [(await browser.contexts())[0] === context, (await context.pages())[0] === page, context.browser() === browser];
      const agent = await page.evaluate(() => [navigator.userAgent, innerWidth]);
      const size = page.viewportSize();
      await page.setViewportSize({ width: 400, height: 300 });
      const wide = [page.viewportSize().width, await page.evaluate('innerWidth')];
      await page.close();
      const closed = [page.isClosed(), (await context.pages()).length];
      { await using other = await context.newPage(); }
      const disposed = (await context.pages()).length;
      await context.close();
      const late = await context.newPage().catch((error) => error.name);
      return [before, listed, agent, size, wide, closed, disposed, (await browser.contexts()).length, late, typeof browser.close];`;
    expect(await guest.value(body)).toEqual([
      0,
      [true, true, true],
      ['Guest/1', 300],
      { width: 300, height: 200 },
      [400, 400],
      [true, 0],
      0,
      0,
      expect.stringMatching(/HandleGoneError|BrowserClosedError/),
      'undefined',
    ]);
  });

  it('keep cookies and storage of their own', async () => {
    const body = `
      await context.addCookies([{ name: 'a', value: '1', url: base }]);
      await context.addInitScript(() => { globalThis.begun = 'yes'; });
      await page.goto(base + '/two');
      await page.evaluate(() => localStorage.setItem('k', 'v'));
      const cookies = (await context.cookies(base)).map(({ name, value }) => [name, value]);
      const state = await context.storageState();
      await context.clearCookies();
      const other = await browser.newContext({ storageState: state, baseURL: base });
      const there = await other.newPage();
      await there.goto('/two');
      const kept = await there.evaluate(() => [localStorage.getItem('k'), document.cookie]);
      await other.close();
      return [cookies, (await context.cookies()).length, kept, await page.evaluate('begun')];`;
    expect(await run(body)).toEqual([[['a', '1']], 0, ['v', 'a=1'], 'yes']);
  });

  it('go from page to page', async () => {
    const body = `
      const seen = [];
      const note = async () => seen.push([page.url().replace(base, ''), await page.title()]);
      await page.goto(base + '/two'); await note();
      await page.click('a'); await page.waitForURL('**/form'); await note();
      await page.goBack(); await note();
      await page.goForward(); await note();
      await page.reload({ waitUntil: 'domcontentloaded' }); await note();
      await page.setContent('<title>Set</title><p>text'); await note();
      return [seen, (await page.content()).includes('<p>text'), await page.goto(base + '/none').then((r) => r.status())];`;
    expect(await run(body)).toEqual([
      [
        ['/two', 'Two'],
        ['/form', 'Form'],
        ['/two', 'Two'],
        ['/form', 'Form'],
        ['/form', 'Form'],
        ['/form', 'Set'],
      ],
      true,
      404,
    ]);
  });

  it('answer with pictures and documents as bytes', async () => {
    const body = `
      await page.goto(base + '/two');
      const png = await page.screenshot();
      const part = await page.locator('a').first().screenshot({ type: 'jpeg', quality: 50 });
      const pdf = await page.pdf();
      return [png.subarray(1, 4).toString(), png instanceof Uint8Array, part[0] === 0xff, pdf.subarray(0, 4).toString('latin1')];`;
    expect(await run(body)).toEqual(['PNG', true, true, '%PDF']);
  });
});

describe.runIf(hasChromium)('what a guest does in a page', () => {
  it('finds elements in every way', async () => {
    const body = `
      await page.goto(base + '/form');
      const items = page.locator('li');
      const texts = async (locator) => await locator.allTextContents();
      return [
        await page.getByRole('heading', { name: /sign/i }).textContent(),
        await page.getByText('one', { exact: true }).count(),
        await page.getByLabel('Name').getAttribute('id'),
        await page.getByPlaceholder(/your/i).getAttribute('id'),
        await page.getByTestId('send').innerText(),
        await page.getByAltText('A picture').evaluate((element) => element.tagName),
        await page.getByTitle('Heading').evaluate((element, more) => element.tagName + more, '!'),
        await texts(items.filter({ hasText: 'two' })),
        await texts(items.filter({ has: page.locator('b') })),
        await texts(items.first()), await texts(items.nth(1)), await texts(items.last()),
        await texts(page.locator('h1').or(page.locator('b'))),
        await texts(items.and(page.locator('[hidden]'))),
        await items.count(), (await Promise.all((await items.all()).map((item) => item.isVisible()))),
        await items.evaluateAll((all, n) => all.length + n, 10),
        await page.frameLocator('iframe').getByRole('button').innerText(),
        await page.locator('iframe').contentFrame().locator('button').innerText(),
        items.page() === page,
        await page.locator('ul').locator('li').getByText('bold').innerText(),
      ];`;
    expect(await run(body)).toEqual([
      '  Sign   up ',
      1,
      'name',
      'name',
      'Send',
      'IMG',
      'H1!',
      ['two bold'],
      ['two bold'],
      ['one'],
      ['two bold'],
      ['three'],
      ['  Sign   up ', 'bold'],
      ['three'],
      3,
      [true, true, false],
      13,
      'inside',
      'inside',
      true,
      'bold',
    ]);
  });

  it('fills in, chooses, types and clicks', async () => {
    const body = `
      await page.goto(base + '/form');
      const name = page.getByLabel('Name');
      await name.fill('Ada'); await name.press('End'); await page.keyboard.type(' L.');
      await page.check('#agree');
      const chosen = await page.getByLabel('Colour').selectOption('green');
      await page.locator('#file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: new TextEncoder().encode('of a guest') });
      await page.getByText('file of a guest').waitFor();
      const box = await page.getByTestId('send').boundingBox();
      await page.mouse.move(box.x + 5, box.y + 5); await page.mouse.down(); await page.mouse.up();
      const sent = await page.textContent('#out');
      await page.uncheck('#agree'); await name.clear(); await name.pressSequentially('B'); await name.hover(); await name.focus(); await name.dblclick();
      return [chosen, sent, await name.inputValue(), await page.isChecked('#agree'), await page.isVisible('#out'),
        await page.getByTestId('send').isEnabled(), await name.isEditable(), page.keyboard === page.keyboard];`;
    expect(await run(body)).toEqual([['green'], 'sent Ada L.', 'B', false, true, true, true, true]);
  });

  it('runs code in it', async () => {
    const body = `
      await page.goto(base + '/form');
      const handle = await page.evaluateHandle(() => ({ n: 5, list: [1, 2] }));
      const element = await page.waitForSelector('h1');
      const results = [
        await page.evaluate(() => [undefined, NaN, -0, new Date(5), /a/g, 3n, { a: null }]).then(([u, n, z, d, r, i, o]) =>
          [u === undefined, Number.isNaN(n), Object.is(z, -0), d.getTime(), String(r), typeof i, o]),
        await page.evaluate(({ d, r, big }) => [d instanceof Date, r.test('xay'), typeof big], { d: new Date(), r: /a/, big: 1n }),
        await page.evaluate('document.title'),
        await page.evaluate((held) => held.n, handle),
        await handle.jsonValue(), await (await handle.getProperty('n')).jsonValue(),
        await element.innerText(), await page.evaluate((node) => node.tagName, element), element.asElement() === element,
        await page.$eval('ul', (list) => list.children.length), await page.$$eval('li', (all) => all.length), (await page.$$('li')).length,
        await page.waitForFunction(() => document.readyState === 'complete' && 'ready').then((ready) => ready.jsonValue()),
        await page.evaluate(function named(x) { return x + 1; }, 1),
        await page.evaluate(async (x) => { await null; for await (const y of [x]) return y; }, 7),
        await failed(page.evaluate(() => { throw new RangeError('of the page'); })),
        await failed(page.evaluate((x) => x, new Map())),
      ];
      await handle.dispose();
      return [...results, (await failed(handle.jsonValue()))[0]];`;
    expect(await run(body)).toEqual([
      [true, true, true, 5, '/a/g', 'bigint', { a: null }],
      [true, true, 'bigint'],
      'Form',
      5,
      { n: 5, list: [1, 2] },
      5,
      'Sign up',
      'H1',
      true,
      3,
      3,
      3,
      'ready',
      2,
      7,
      ['Error', expect.stringContaining('of the page')],
      ['TypeError', expect.stringContaining('Map')],
      expect.stringMatching(/Error/),
    ]);
  });

  it('has the frames of a page', async () => {
    const body = `
      await page.goto(base + '/form');
      const main = await page.mainFrame();
      const all = await page.frames();
      const inner = await page.frame('inner');
      await inner.getByRole('button').click();
      return [all.length, all[0] === main, main.url() === page.url(), inner.name(), inner.page() === page, (await inner.parentFrame()) === main,
        (await main.childFrames())[0] === inner, await inner.evaluate(() => document.body.innerText), await page.frame({ url: /nowhere/ }), inner.isDetached()];`;
    // prettier-ignore
    expect(await run(body)).toEqual([2, true, true, 'inner', true, true, true, '1', null, false]);
  });
});

describe.runIf(hasChromium)('requests and answers of a page', () => {
  it('are what a guest sees', async () => {
    const body = `
      await page.goto(base + '/two');
      const waiting = page.waitForResponse((response) => response.url().endsWith('/json'));
      const asked = page.waitForRequest('**/json');
      await page.evaluate(() => fetch('/json', { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } }).then((r) => r.text()));
      const response = await waiting; const request = await asked;
      return [response.status(), response.ok(), response.statusText(), response.headers()['x-own'], await response.headerValue('X-Own'),
        await response.json(), JSON.parse(await response.text()).method, (await response.body()).toString().length > 10, response.request() === request,
        request.method(), request.postDataJSON(), request.resourceType(), request.isNavigationRequest(), (await request.response()) === response,
        request.frame() === await page.mainFrame(), request.failure(), (await request.postDataBuffer()).toString()];`;
    const json = { method: 'POST', text: '{"a":1}' };
    expect(await run(body)).toEqual(
      // prettier-ignore
      [200, true, 'OK', 'a header', 'a header', json, 'POST', true, true, 'POST', { a: 1 }, 'fetch', false, true, true, null, '{"a":1}'],
    );
  });

  it('are decided on by routes', async () => {
    const body = `
      const seen = [];
      await page.route('**/made', (route, request) => route.fulfill({ json: { made: request.method() }, headers: { 'x-a': 'b' } }));
      await page.route(/refused$/, (route) => route.abort());
      await page.route((url) => url.pathname === '/once', async (route) => { seen.push('once'); await route.fulfill({ status: 201, body: 'first' }); }, { times: 1 });
      await context.route('**/*', async (route) => { seen.push('context'); await route.continue(); });
      const post = async (route) => { seen.push('json'); await route.continue({ method: 'PUT', postData: 'changed' }); };
      await page.route('**/json', post);
      await page.route('**/json', (route) => route.fallback());
      await page.goto(base + '/two');
      const ask = (path) => page.evaluate((path) => fetch(path).then(async (r) => [r.status, await r.text()], (e) => e.name), path);
      const answers = [await ask('/made'), await ask('/refused'), await ask('/once'), await ask('/once'), await ask('/json')];
      await page.unroute('**/json', post); await page.unroute('**/json');
      answers.push(await ask('/json'));
      await page.unrouteAll(); await context.unrouteAll();
      const before = seen.length;
      await ask('/made');
      return [answers.map(String), seen, seen.length === before];`;
    expect(await run(body)).toEqual([
      [
        '200,{"made":"GET"}',
        'TypeError',
        '201,first',
        '404,nothing',
        '200,{"method":"PUT","text":"changed"}',
        '200,{"method":"GET","text":""}',
      ],
      expect.arrayContaining(['once', 'json', 'context']),
      true,
    ]);
  });
});
