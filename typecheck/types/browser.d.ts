/// <reference path="./browser-locators.d.ts" />
/// <reference path="./browser-objects.d.ts" />
/// <reference path="./buffer.d.ts" />
/// <reference path="./url.d.ts" />

/**
 * What there is of a browser that a host provides, named as in Playwright. All of it is asked of the
 * host: also what Playwright answers at once is a promise here, unless it is a figure of what came
 * along with the object (`page.url()`, `response.status()`).
 */
/** What pages and frames have: documents, and what is done with an element by its selector. */
interface BrowserDocument extends BrowserLocators, BrowserQueries {
  addScriptTag(options: {
    url?: string;
    path?: string;
    content?: string;
    type?: string;
  }): Promise<BrowserElementHandle>;
  addStyleTag(options: {
    url?: string;
    path?: string;
    content?: string;
  }): Promise<BrowserElementHandle>;
  content(): Promise<string>;
  evaluate<R = any, A = any>(code: BrowserFunction<A, R>, argument?: A): Promise<Awaited<R>>;
  evaluateHandle<R = any, A = any>(
    code: BrowserFunction<A, R>,
    argument?: A,
  ): Promise<BrowserJSHandle>;
  goto(url: string, options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  setContent(html: string, options?: BrowserNavigationOptions): Promise<void>;
  title(): Promise<string>;
  url(): string;
  waitForFunction<R = any, A = any>(
    code: BrowserFunction<A, R>,
    argument?: A,
    options?: BrowserWaitOptions & { polling?: number | 'raf' },
  ): Promise<BrowserJSHandle>;
  waitForLoadState(state?: BrowserLoadState, options?: BrowserWaitOptions): Promise<void>;
  waitForTimeout(milliseconds: number): Promise<void>;
  waitForURL(url: BrowserPattern, options?: BrowserNavigationOptions): Promise<void>;
  check(selector: string, options?: BrowserActionOptions): Promise<void>;
  click(selector: string, options?: BrowserActionOptions): Promise<void>;
  dblclick(selector: string, options?: BrowserActionOptions): Promise<void>;
  dispatchEvent(
    selector: string,
    type: string,
    init?: unknown,
    options?: BrowserWaitOptions,
  ): Promise<void>;
  dragAndDrop(source: string, target: string, options?: BrowserActionOptions): Promise<void>;
  fill(selector: string, value: string, options?: BrowserActionOptions): Promise<void>;
  focus(selector: string, options?: BrowserWaitOptions): Promise<void>;
  hover(selector: string, options?: BrowserActionOptions): Promise<void>;
  press(selector: string, key: string, options?: BrowserActionOptions): Promise<void>;
  selectOption(
    selector: string,
    values: BrowserChoice,
    options?: BrowserActionOptions,
  ): Promise<string[]>;
  setChecked(selector: string, checked: boolean, options?: BrowserActionOptions): Promise<void>;
  setInputFiles(
    selector: string,
    files: BrowserFiles,
    options?: BrowserActionOptions,
  ): Promise<void>;
  tap(selector: string, options?: BrowserActionOptions): Promise<void>;
  type(selector: string, text: string, options?: BrowserActionOptions): Promise<void>;
  uncheck(selector: string, options?: BrowserActionOptions): Promise<void>;
  getAttribute(
    selector: string,
    name: string,
    options?: BrowserWaitOptions,
  ): Promise<string | null>;
  innerHTML(selector: string, options?: BrowserWaitOptions): Promise<string>;
  innerText(selector: string, options?: BrowserWaitOptions): Promise<string>;
  inputValue(selector: string, options?: BrowserWaitOptions): Promise<string>;
  textContent(selector: string, options?: BrowserWaitOptions): Promise<string | null>;
  isChecked(selector: string, options?: BrowserWaitOptions): Promise<boolean>;
  isDisabled(selector: string, options?: BrowserWaitOptions): Promise<boolean>;
  isEditable(selector: string, options?: BrowserWaitOptions): Promise<boolean>;
  isEnabled(selector: string, options?: BrowserWaitOptions): Promise<boolean>;
  isHidden(selector: string, options?: BrowserWaitOptions): Promise<boolean>;
  isVisible(selector: string, options?: BrowserWaitOptions): Promise<boolean>;
}
interface BrowserFrame extends BrowserDocument {
  childFrames(): Promise<BrowserFrame[]>;
  frameElement(): Promise<BrowserElementHandle>;
  isDetached(): boolean;
  name(): string;
  page(): BrowserPage;
  parentFrame(): Promise<BrowserFrame | null>;
}
interface BrowserPage extends BrowserDocument, BrowserWatcher<BrowserPageEvents>, AsyncDisposable {
  readonly clock: BrowserClock;
  readonly keyboard: BrowserKeyboard;
  readonly mouse: BrowserMouse;
  readonly touchscreen: BrowserTouchscreen;
  addInitScript(script: string | ((argument: any) => unknown), argument?: unknown): Promise<void>;
  ariaSnapshot(options?: BrowserWaitOptions): Promise<string>;
  bringToFront(): Promise<void>;
  close(options?: { runBeforeUnload?: boolean; reason?: string }): Promise<void>;
  context(): BrowserContext;
  emulateMedia(options?: { [option: string]: unknown }): Promise<void>;
  frame(name: string | { name?: string; url?: BrowserPattern }): Promise<BrowserFrame | null>;
  frames(): Promise<BrowserFrame[]>;
  goBack(options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  goForward(options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  isClosed(): boolean;
  mainFrame(): Promise<BrowserFrame>;
  opener(): Promise<BrowserPage | null>;
  pdf(options?: { path?: string; [option: string]: unknown }): Promise<Buffer>;
  reload(options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  screenshot(options?: BrowserScreenshotOptions): Promise<Buffer>;
  setDefaultNavigationTimeout(milliseconds: number): Promise<void>;
  setDefaultTimeout(milliseconds: number): Promise<void>;
  setExtraHTTPHeaders(headers: Record<string, string>): Promise<void>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  /** As Puppeteer has it. */
  target(): { createCDPSession(): Promise<BrowserCDPSession> };
  viewportSize(): { width: number; height: number } | null;
  waitForNavigation(
    options?: BrowserNavigationOptions & { url?: BrowserPattern },
  ): Promise<BrowserResponse | null>;
  waitForRequest(
    request: string | RegExp | ((request: BrowserRequest) => boolean | Promise<boolean>),
    options?: BrowserWaitOptions,
  ): Promise<BrowserRequest>;
  waitForResponse(
    response: string | RegExp | ((response: BrowserResponse) => boolean | Promise<boolean>),
    options?: BrowserWaitOptions,
  ): Promise<BrowserResponse>;
}
interface BrowserContextOptions {
  baseURL?: string;
  viewport?: { width: number; height: number } | null;
  userAgent?: string;
  locale?: string;
  /** Such a state, or the path of one among the host's files. */
  storageState?: string | BrowserStorageState;
  /** The id of a profile, where the host keeps any: `auth/main`. */
  profile?: string | { id: string; mode?: 'storage' | 'persistent' };
  [option: string]: unknown;
}
interface BrowserContext extends BrowserWatcher<BrowserContextEvents>, AsyncDisposable {
  readonly clock: BrowserClock;
  addCookies(cookies: readonly BrowserCookie[]): Promise<void>;
  addInitScript(script: string | ((argument: any) => unknown), argument?: unknown): Promise<void>;
  browser(): Browser;
  clearCookies(options?: { name?: string; domain?: string; path?: string }): Promise<void>;
  clearPermissions(): Promise<void>;
  close(options?: { reason?: string }): Promise<void>;
  cookies(urls?: string | readonly string[]): Promise<Required<Omit<BrowserCookie, 'url'>>[]>;
  grantPermissions(permissions: readonly string[], options?: { origin?: string }): Promise<void>;
  newCDPSession(page: BrowserPage): Promise<BrowserCDPSession>;
  newPage(): Promise<BrowserPage>;
  pages(): Promise<BrowserPage[]>;
  setDefaultNavigationTimeout(milliseconds: number): Promise<void>;
  setDefaultTimeout(milliseconds: number): Promise<void>;
  setExtraHTTPHeaders(headers: Record<string, string>): Promise<void>;
  setGeolocation(
    place: { latitude: number; longitude: number; accuracy?: number } | null,
  ): Promise<void>;
  setOffline(isOffline: boolean): Promise<void>;
  /** `path` is one of the host's files. */
  storageState(options?: { path?: string; indexedDB?: boolean }): Promise<BrowserStorageState>;
}
/** It is closed by whoever provides it. */
interface Browser {
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  contexts(): Promise<BrowserContext[]>;
}
declare var browser: Browser;
/** Nobody makes these two: they are what tests call theirs, when they keep them on the global object. */
declare var context: BrowserContext;
declare var page: BrowserPage;

interface BrowserTextMatch extends BrowserWaitOptions {
  ignoreCase?: boolean;
  useInnerText?: boolean;
}
type BrowserTexts = string | RegExp | readonly (string | RegExp)[];
/** What `expect` knows beside its own, where there is one: each waits until it is so, 5 s at most. */
interface Matchers<R, T> {
  toBeOK(): R;
  toHaveTitle(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveURL(
    expected: BrowserPattern,
    options?: BrowserWaitOptions & { ignoreCase?: boolean },
  ): Promise<void>;
  toBeAttached(options?: BrowserWaitOptions & { attached?: boolean }): Promise<void>;
  toBeChecked(
    options?: BrowserWaitOptions & { checked?: boolean; indeterminate?: boolean },
  ): Promise<void>;
  toBeDisabled(options?: BrowserWaitOptions): Promise<void>;
  toBeEditable(options?: BrowserWaitOptions & { editable?: boolean }): Promise<void>;
  toBeEmpty(options?: BrowserWaitOptions): Promise<void>;
  toBeEnabled(options?: BrowserWaitOptions & { enabled?: boolean }): Promise<void>;
  toBeFocused(options?: BrowserWaitOptions): Promise<void>;
  toBeHidden(options?: BrowserWaitOptions): Promise<void>;
  toBeInViewport(options?: BrowserWaitOptions & { ratio?: number }): Promise<void>;
  toBeVisible(options?: BrowserWaitOptions & { visible?: boolean }): Promise<void>;
  toContainClass(expected: string | readonly string[], options?: BrowserWaitOptions): Promise<void>;
  toContainText(expected: BrowserTexts, options?: BrowserTextMatch): Promise<void>;
  toHaveAttribute(
    name: string,
    expected: string | RegExp,
    options?: BrowserWaitOptions & { ignoreCase?: boolean },
  ): Promise<void>;
  toHaveAttribute(name: string, options?: BrowserWaitOptions): Promise<void>;
  toHaveClass(expected: BrowserTexts, options?: BrowserWaitOptions): Promise<void>;
  toHaveCount(expected: number, options?: BrowserWaitOptions): Promise<void>;
  toHaveCSS(name: string, expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveId(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveRole(expected: string, options?: BrowserWaitOptions): Promise<void>;
  toHaveText(expected: BrowserTexts, options?: BrowserTextMatch): Promise<void>;
  toHaveValue(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveValues(expected: readonly (string | RegExp)[], options?: BrowserWaitOptions): Promise<void>;
}
