import { describe, expect, it } from 'vitest';
import { declaredInterfaces } from '../../scripts/declarations/declared.ts';
import { browserGuests, hasChromium, ownChromium, ownPages } from './browser-rig.ts';

const PAGE = `<!doctype html><title>The  Title</title><meta charset="utf-8">
<h1 id="head" class="big red" style="color: rgb(1, 2, 3)" data-x="Value">  Hello   <b>World</b> </h1>
<ul><li class="a">one</li><li class="b">two</li><li class="c">three</li></ul>
<label>Name <input id="name" value="Ada"></label><input id="empty"><input id="off" disabled value="x"><input id="fixed" readonly value="x">
<input type="checkbox" id="on" checked><input type="checkbox" id="unchecked">
<select id="many" multiple><option selected>a</option><option selected>b</option><option>c</option></select>
<p id="hidden" hidden>hidden</p><div id="blank"> </div><button id="button">Button</button>
<p id="far" style="margin-top: 5000px">far</p>`;

const pages = ownPages({ '/': PAGE, '/two': '<title>Two</title>', '/favicon.ico': '' });
const chromium = ownChromium();
const open = browserGuests(chromium);

/** What each of several assertions came to: `true`, or the message of its error. */
async function outcomes(assertions: string[], before = ''): Promise<unknown> {
  const guest = await open({ base: pages() });
  return await guest.value(`
    const context = await browser.newContext({ baseURL: base });
    const page = await context.newPage();
    const response = await page.goto('/');
    const on = (selector) => page.locator(selector);
    const soon = { timeout: 150 };
    const later = (change) => page.evaluate('setTimeout(() => { ' + change + ' }, 250)');
    ${before}
    const assertions = [${assertions.map((text) => `async () => { await ${text} }`).join(',\n')}];
    const results = [];
    for (const assertion of assertions) results.push(await assertion().then(() => true, (error) => error.message));
    await context.close();
    return results;`);
}

/** Those that do not hold, or do not fail with `not`. */
async function unheld(assertions: string[]): Promise<unknown[]> {
  const failing = assertions.map((text) => text.replace(').', ').not.'));
  const found = (await outcomes([...assertions, ...failing])) as unknown[];
  return [...assertions, ...failing].flatMap((text, i) => {
    const isWell =
      i < assertions.length ? found[i] === true : /^expected .* not to /.test(String(found[i]));
    return isWell ? [] : [[text, found[i]]];
  });
}

describe.runIf(hasChromium)('what is expected of a page', () => {
  it('is what is declared, and nothing else', async () => {
    const guest = await open();
    const added = await guest.value(`
      const names = () => Object.getOwnPropertyNames(Object.getPrototypeOf(expect(1)));
      const before = names();
      browser;
      return names().filter((name) => !before.includes(name)).sort();`);
    expect(added).toEqual(declaredInterfaces('browser', ['Matchers']).get('Matchers')!.toSorted());
  });

  it('is its title, its address, and an answer that is well', async () => {
    const wrong = await unheld([
      "expect(page).toHaveTitle('The Title', soon)",
      'expect(page).toHaveTitle(/^The/, soon)',
      "expect(page).toHaveURL(base + '/', soon)",
      "expect(page).toHaveURL('/', soon)",
      'expect(page).toHaveURL(/127/, soon)',
      "expect(page).toHaveURL('**/', soon)",
      "expect(page).toHaveURL((url) => url.pathname === '/', soon)",
      'expect(response).toBeOK()',
    ]);
    expect(wrong).toEqual([]);
  });

  it('may come about later', async () => {
    const found = await outcomes(
      [
        "expect(page).toHaveTitle('Two')",
        "expect(page).toHaveURL('/two')",
        'expect(page).not.toHaveTitle(/Title/)',
      ],
      'await later(\'location.href = "/two"\');',
    );
    expect(found).toEqual([true, true, true]);
  });
});

describe.runIf(hasChromium)('what is expected of elements', () => {
  it('is text, values and attributes', async () => {
    const wrong = await unheld([
      "expect(on('#head')).toHaveText('Hello World', soon)",
      "expect(on('#head')).toHaveText('hello world', { ignoreCase: true, ...soon })",
      "expect(on('#head')).toHaveText('Hello World', { useInnerText: true, ...soon })",
      "expect(on('#head')).toHaveText(/Hello\\s+World/, soon)",
      "expect(on('#head')).toContainText('lo W', soon)",
      "expect(on('li')).toHaveText(['one', /tw/, 'three'], soon)",
      "expect(on('li')).toContainText(['on', 'thr'], soon)",
      "expect(on('#name')).toHaveValue('Ada', soon)",
      "expect(on('#name')).toHaveValue(/^A/, soon)",
      "expect(on('#many')).toHaveValues(['a', /b/], soon)",
      "expect(on('#head')).toHaveAttribute('data-x', 'Value', soon)",
      "expect(on('#head')).toHaveAttribute('data-x', soon)",
      "expect(on('#head')).toHaveAttribute('data-x', /val/i, soon)",
      "expect(on('#head')).toHaveAttribute('data-x', 'value', { ignoreCase: true, ...soon })",
      "expect(on('#head')).toHaveClass('big red', soon)",
      "expect(on('#head')).toHaveClass(/red/, soon)",
      "expect(on('li')).toHaveClass(['a', 'b', /c/], soon)",
      "expect(on('#head')).toContainClass('red', soon)",
      "expect(on('#head')).toContainClass(' red  big ', soon)",
      "expect(on('li')).toContainClass(['a', 'b', 'c'], soon)",
      "expect(on('#head')).toHaveCSS('color', 'rgb(1, 2, 3)', soon)",
      "expect(on('#head')).toHaveId('head', soon)",
      "expect(on('li')).toHaveCount(3, soon)",
      "expect(on('none')).toHaveCount(0, soon)",
      "expect(on('#head')).toHaveRole('heading', soon)",
    ]);
    expect(wrong).toEqual([]);
  });

  it('is how they are', async () => {
    const wrong = await unheld([
      "expect(on('#head')).toBeVisible(soon)",
      "expect(on('#hidden')).toBeVisible({ visible: false, ...soon })",
      "expect(on('#hidden')).toBeHidden(soon)",
      "expect(on('none')).toBeHidden(soon)",
      "expect(on('#hidden')).toBeAttached(soon)",
      "expect(on('none')).toBeAttached({ attached: false, ...soon })",
      "expect(on('#on')).toBeChecked(soon)",
      "expect(on('#unchecked')).toBeChecked({ checked: false, ...soon })",
      "expect(on('#button')).toBeEnabled(soon)",
      "expect(on('#off')).toBeEnabled({ enabled: false, ...soon })",
      "expect(on('#off')).toBeDisabled(soon)",
      "expect(on('#name')).toBeEditable(soon)",
      "expect(on('#fixed')).toBeEditable({ editable: false, ...soon })",
      "expect(on('#empty')).toBeEmpty(soon)",
      "expect(on('#blank')).toBeEmpty(soon)",
      "expect(on('#head')).toBeInViewport(soon)",
      "expect(on('#head')).toBeInViewport({ ratio: 1, ...soon })",
    ]);
    expect(wrong).toEqual([]);
  });

  it('is which of them has the focus, and what cannot be seen', async () => {
    const found = await outcomes(
      [
        "expect(on('#name')).toBeFocused(soon)",
        "expect(on('#empty')).not.toBeFocused(soon)",
        "expect(on('#far')).not.toBeInViewport(soon)",
        "expect(on('#third')).toBeChecked({ indeterminate: true, ...soon })",
      ],
      `await page.focus('#name');
       await page.evaluate("on.insertAdjacentHTML('afterend', '<input type=checkbox id=third>'), third.indeterminate = true");`,
    );
    expect(found).toEqual([true, true, true, true]);
  });

  it('is waited for', async () => {
    const found = await outcomes(
      [
        "expect(on('#head')).toHaveText('Changed')",
        "expect(on('#new')).toBeVisible()",
        "expect(on('li')).not.toHaveCount(3)",
        "expect(on('#hidden')).not.toBeHidden()",
      ],
      `await later('head.textContent = "Changed"; hidden.hidden = false; document.querySelector("li").remove(); document.body.insertAdjacentHTML("beforeend", "<i id=new>new</i>")');`,
    );
    expect(found).toEqual([true, true, true, true]);
  });

  it('fails with what there was instead, and at once where it is asked of several', async () => {
    const found = await outcomes([
      "expect(on('#head')).toHaveText('Goodbye', soon)",
      "expect(on('none')).toHaveText('x', soon)",
      "expect(on('none')).not.toHaveText('x', soon)",
      "expect(on('none')).toBeChecked(soon)",
      "expect(on('li')).toHaveText('one', { timeout: 60_000 })",
      "expect(on('li')).toHaveText(['one', 'two'], soon)",
      "expect(on('#head')).toHaveText(5, soon)",
      'expect(page).toBeVisible(soon)',
      "expect({}).toHaveTitle('x')",
      "expect(page.getByRole('heading', { name: 'Hello' }).first()).toBeHidden(soon)",
    ]);
    expect(found).toEqual([
      'expected locator("#head") to have text "Goodbye" within 150 ms; last: "  Hello   World "',
      'expected locator("none") to have text "x" within 150 ms; last: no element',
      'expected locator("none") not to have text "x" within 150 ms; last: no element',
      'expected locator("none") to be checked within 150 ms; last: no element',
      'strict mode violation: locator("li") resolved to 3 elements',
      'expected locator("li") to have text ["one", "two"] within 150 ms; last: ["one", "two", "three"]',
      expect.stringContaining('must be a string or a RegExp'),
      expect.stringContaining('toBeVisible'),
      expect.stringContaining('toHaveTitle'),
      'expected getByRole("heading",{"name":"Hello"}).first() to be hidden within 150 ms; last: visible',
    ]);
  });

  it('fails when the page is closed', async () => {
    const found = await outcomes(
      ["expect(on('#head')).toHaveText('Goodbye', { timeout: 60_000 })"],
      'setTimeout(() => page.close(), 200);',
    );
    expect(found).toEqual([expect.stringMatching(/closed|no more/i)]);
  });
});
