/// <reference path="./buffer.d.ts" />
/// <reference path="./url.d.ts" />

/**
 * What there is of a browser that a host provides, named as in Playwright. All of it is asked of the
 * host: also what Playwright answers at once is a promise here, unless it is a figure of what came
 * along with the object (`page.url()`, `response.status()`).
 */
type BrowserPattern = string | RegExp | ((url: URL) => boolean);
type BrowserFunction<A, R> = string | ((argument: A) => R);
type BrowserLoadState = 'load' | 'domcontentloaded' | 'networkidle';
interface BrowserWaitOptions {
  /** Milliseconds; 0 is for ever. */
  timeout?: number;
}
interface BrowserNavigationOptions extends BrowserWaitOptions {
  waitUntil?: BrowserLoadState | 'commit';
  referer?: string;
}
interface BrowserActionOptions extends BrowserWaitOptions {
  force?: boolean;
  noWaitAfter?: boolean;
  trial?: boolean;
  strict?: boolean;
  [option: string]: unknown;
}
interface BrowserScreenshotOptions extends BrowserWaitOptions {
  /** Written with the host's files; nothing is answered then. */
  path?: string;
  type?: 'png' | 'jpeg';
  quality?: number;
  fullPage?: boolean;
  [option: string]: unknown;
}
interface BrowserBox {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface BrowserFile {
  name: string;
  mimeType: string;
  buffer: Uint8Array;
}
type BrowserFiles = string | readonly string[] | BrowserFile | readonly BrowserFile[];
type BrowserChoice =
  | string
  | { value?: string; label?: string; index?: number }
  | readonly (string | { value?: string; label?: string; index?: number })[]
  | null;

/** What something happens in. */
interface BrowserEmitter<Events> {
  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => unknown): this;
  once<E extends keyof Events>(event: E, listener: (value: Events[E]) => unknown): this;
  off<E extends keyof Events>(event: E, listener: (value: Events[E]) => unknown): this;
  addListener<E extends keyof Events>(event: E, listener: (value: Events[E]) => unknown): this;
  removeListener<E extends keyof Events>(event: E, listener: (value: Events[E]) => unknown): this;
  removeAllListeners(event?: keyof Events): this;
}
type BrowserEventWait<V> =
  | ((value: V) => boolean | Promise<boolean>)
  | (BrowserWaitOptions & { predicate?: (value: V) => boolean | Promise<boolean> });
interface BrowserWatcher<Events> extends BrowserEmitter<Events> {
  waitForEvent<E extends keyof Events>(
    event: E,
    options?: BrowserEventWait<Events[E]>,
  ): Promise<Events[E]>;
  route(
    pattern: BrowserPattern,
    handler: (route: BrowserRoute, request: BrowserRequest) => unknown,
    options?: { times?: number },
  ): Promise<void>;
  unroute(
    pattern: BrowserPattern,
    handler?: (route: BrowserRoute, request: BrowserRequest) => unknown,
  ): Promise<void>;
  unrouteAll(): Promise<void>;
}
interface BrowserNetworkEvents {
  console: BrowserConsoleMessage;
  dialog: BrowserDialog;
  request: BrowserRequest;
  requestfailed: BrowserRequest;
  requestfinished: BrowserRequest;
  response: BrowserResponse;
}
interface BrowserContextEvents extends BrowserNetworkEvents {
  close: BrowserContext;
  page: BrowserPage;
  weberror: { error(): Error; page(): null };
}
interface BrowserPageEvents extends BrowserNetworkEvents {
  close: BrowserPage;
  crash: BrowserPage;
  domcontentloaded: BrowserPage;
  download: BrowserDownload;
  frameattached: BrowserFrame;
  framedetached: BrowserFrame;
  framenavigated: BrowserFrame;
  load: BrowserPage;
  pageerror: Error;
  popup: BrowserPage;
}

interface BrowserLocatorOptions {
  hasText?: string | RegExp;
  hasNotText?: string | RegExp;
  has?: BrowserLocator;
  hasNot?: BrowserLocator;
}
interface BrowserTextOptions {
  exact?: boolean;
}
interface BrowserLocators {
  locator(selector: string | BrowserLocator, options?: BrowserLocatorOptions): BrowserLocator;
  frameLocator(selector: string): BrowserFrameLocator;
  getByRole(
    role: string,
    options?: { name?: string | RegExp; exact?: boolean; [option: string]: unknown },
  ): BrowserLocator;
  getByText(text: string | RegExp, options?: BrowserTextOptions): BrowserLocator;
  getByLabel(text: string | RegExp, options?: BrowserTextOptions): BrowserLocator;
  getByPlaceholder(text: string | RegExp, options?: BrowserTextOptions): BrowserLocator;
  getByAltText(text: string | RegExp, options?: BrowserTextOptions): BrowserLocator;
  getByTitle(text: string | RegExp, options?: BrowserTextOptions): BrowserLocator;
  getByTestId(id: string | RegExp): BrowserLocator;
}
interface BrowserFrameLocator extends BrowserLocators {
  first(): BrowserFrameLocator;
  last(): BrowserFrameLocator;
  nth(index: number): BrowserFrameLocator;
  owner(): BrowserLocator;
}

interface BrowserEvaluation<E> {
  evaluate<R = any, A = any>(
    code: string | ((element: E, argument: A) => R),
    argument?: A,
  ): Promise<Awaited<R>>;
  evaluateHandle<R = any, A = any>(
    code: string | ((element: E, argument: A) => R),
    argument?: A,
  ): Promise<BrowserJSHandle>;
}
/** What is done with one element. */
interface BrowserElement extends BrowserEvaluation<any> {
  check(options?: BrowserActionOptions): Promise<void>;
  click(options?: BrowserActionOptions): Promise<void>;
  dblclick(options?: BrowserActionOptions): Promise<void>;
  dispatchEvent(type: string, init?: unknown, options?: BrowserWaitOptions): Promise<void>;
  fill(value: string, options?: BrowserActionOptions): Promise<void>;
  focus(options?: BrowserWaitOptions): Promise<void>;
  hover(options?: BrowserActionOptions): Promise<void>;
  press(key: string, options?: BrowserActionOptions): Promise<void>;
  selectOption(values: BrowserChoice, options?: BrowserActionOptions): Promise<string[]>;
  setChecked(checked: boolean, options?: BrowserActionOptions): Promise<void>;
  setInputFiles(files: BrowserFiles, options?: BrowserActionOptions): Promise<void>;
  tap(options?: BrowserActionOptions): Promise<void>;
  type(text: string, options?: BrowserActionOptions & { delay?: number }): Promise<void>;
  uncheck(options?: BrowserActionOptions): Promise<void>;
  getAttribute(name: string, options?: BrowserWaitOptions): Promise<string | null>;
  innerHTML(options?: BrowserWaitOptions): Promise<string>;
  innerText(options?: BrowserWaitOptions): Promise<string>;
  inputValue(options?: BrowserWaitOptions): Promise<string>;
  textContent(options?: BrowserWaitOptions): Promise<string | null>;
  isChecked(options?: BrowserWaitOptions): Promise<boolean>;
  isDisabled(options?: BrowserWaitOptions): Promise<boolean>;
  isEditable(options?: BrowserWaitOptions): Promise<boolean>;
  isEnabled(options?: BrowserWaitOptions): Promise<boolean>;
  isHidden(options?: BrowserWaitOptions): Promise<boolean>;
  isVisible(options?: BrowserWaitOptions): Promise<boolean>;
  boundingBox(options?: BrowserWaitOptions): Promise<BrowserBox | null>;
  screenshot(options?: BrowserScreenshotOptions): Promise<Buffer>;
  scrollIntoViewIfNeeded(options?: BrowserWaitOptions): Promise<void>;
  selectText(options?: BrowserActionOptions): Promise<void>;
}
interface BrowserLocator extends BrowserLocators, BrowserElement {
  all(): Promise<BrowserLocator[]>;
  allInnerTexts(): Promise<string[]>;
  allTextContents(): Promise<string[]>;
  and(other: BrowserLocator): BrowserLocator;
  ariaSnapshot(options?: BrowserWaitOptions): Promise<string>;
  blur(options?: BrowserWaitOptions): Promise<void>;
  clear(options?: BrowserActionOptions): Promise<void>;
  contentFrame(): BrowserFrameLocator;
  count(): Promise<number>;
  describe(description: string): BrowserLocator;
  dragTo(target: BrowserLocator, options?: BrowserActionOptions): Promise<void>;
  elementHandle(options?: BrowserWaitOptions): Promise<BrowserElementHandle>;
  elementHandles(): Promise<BrowserElementHandle[]>;
  evaluateAll<R = any, A = any>(
    code: string | ((elements: any[], argument: A) => R),
    argument?: A,
  ): Promise<Awaited<R>>;
  filter(options: BrowserLocatorOptions & { visible?: boolean }): BrowserLocator;
  first(): BrowserLocator;
  highlight(): Promise<void>;
  last(): BrowserLocator;
  nth(index: number): BrowserLocator;
  or(other: BrowserLocator): BrowserLocator;
  page(): BrowserPage;
  pressSequentially(text: string, options?: BrowserActionOptions): Promise<void>;
  waitFor(
    options?: BrowserWaitOptions & { state?: 'attached' | 'detached' | 'visible' | 'hidden' },
  ): Promise<void>;
}
interface BrowserJSHandle extends BrowserEvaluation<any>, AsyncDisposable {
  asElement(): Promise<BrowserElementHandle | null>;
  dispose(): Promise<void>;
  getProperties(): Promise<unknown>;
  getProperty(name: string): Promise<BrowserJSHandle>;
  jsonValue(): Promise<any>;
}
interface BrowserElementHandle extends BrowserElement, BrowserQueries, AsyncDisposable {
  asElement(): BrowserElementHandle;
  contentFrame(): Promise<BrowserFrame | null>;
  dispose(): Promise<void>;
  getProperties(): Promise<unknown>;
  getProperty(name: string): Promise<BrowserJSHandle>;
  jsonValue(): Promise<any>;
  ownerFrame(): Promise<BrowserFrame | null>;
  waitForElementState(
    state: 'visible' | 'hidden' | 'stable' | 'enabled' | 'disabled' | 'editable',
    options?: BrowserWaitOptions,
  ): Promise<void>;
}
interface BrowserQueries {
  $(selector: string): Promise<BrowserElementHandle | null>;
  $$(selector: string): Promise<BrowserElementHandle[]>;
  $eval<R = any, A = any>(
    selector: string,
    code: string | ((element: any, argument: A) => R),
    argument?: A,
  ): Promise<Awaited<R>>;
  $$eval<R = any, A = any>(
    selector: string,
    code: string | ((elements: any[], argument: A) => R),
    argument?: A,
  ): Promise<Awaited<R>>;
  waitForSelector(
    selector: string,
    options?: BrowserWaitOptions & { state?: 'attached' | 'detached' | 'visible' | 'hidden' },
  ): Promise<BrowserElementHandle | null>;
}

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
interface BrowserKeyboard {
  down(key: string): Promise<void>;
  insertText(text: string): Promise<void>;
  press(key: string, options?: { delay?: number }): Promise<void>;
  type(text: string, options?: { delay?: number }): Promise<void>;
  up(key: string): Promise<void>;
}
interface BrowserMouse {
  click(x: number, y: number, options?: BrowserActionOptions): Promise<void>;
  dblclick(x: number, y: number, options?: BrowserActionOptions): Promise<void>;
  down(options?: BrowserActionOptions): Promise<void>;
  move(x: number, y: number, options?: { steps?: number }): Promise<void>;
  up(options?: BrowserActionOptions): Promise<void>;
  wheel(deltaX: number, deltaY: number): Promise<void>;
}
interface BrowserTouchscreen {
  tap(x: number, y: number): Promise<void>;
}
interface BrowserClock {
  fastForward(ticks: number | string): Promise<void>;
  install(options?: { time?: number | string | Date }): Promise<void>;
  pauseAt(time: number | string | Date): Promise<void>;
  resume(): Promise<void>;
  runFor(ticks: number | string): Promise<void>;
  setFixedTime(time: number | string | Date): Promise<void>;
  setSystemTime(time: number | string | Date): Promise<void>;
}

interface BrowserRequest {
  allHeaders(): Promise<Record<string, string>>;
  failure(): { errorText: string } | null;
  frame(): BrowserFrame | null;
  headers(): Record<string, string>;
  headersArray(): Promise<{ name: string; value: string }[]>;
  headerValue(name: string): Promise<string | null>;
  isNavigationRequest(): boolean;
  method(): string;
  postData(): string | null;
  postDataBuffer(): Promise<Buffer | null>;
  postDataJSON(): any;
  redirectedFrom(): BrowserRequest | null;
  resourceType(): string;
  response(): Promise<BrowserResponse | null>;
  sizes(): Promise<Record<string, number>>;
  timing(): Record<string, number>;
  url(): string;
}
interface BrowserResponse {
  allHeaders(): Promise<Record<string, string>>;
  body(): Promise<Buffer>;
  finished(): Promise<Error | null>;
  frame(): BrowserFrame | null;
  fromServiceWorker(): boolean;
  headers(): Record<string, string>;
  headersArray(): Promise<{ name: string; value: string }[]>;
  headerValue(name: string): Promise<string | null>;
  headerValues(name: string): Promise<string[]>;
  json(): Promise<any>;
  ok(): boolean;
  request(): BrowserRequest;
  serverAddr(): Promise<{ ipAddress: string; port: number } | null>;
  status(): number;
  statusText(): string;
  text(): Promise<string>;
  url(): string;
}
interface BrowserRouteChanges {
  headers?: Record<string, string>;
  method?: string;
  postData?: string | Uint8Array | object;
  url?: string;
}
interface BrowserRoute {
  abort(errorCode?: string): Promise<void>;
  continue(options?: BrowserRouteChanges): Promise<void>;
  fallback(options?: BrowserRouteChanges): Promise<void>;
  fulfill(options?: {
    status?: number;
    headers?: Record<string, string>;
    contentType?: string;
    body?: string | Uint8Array;
    json?: unknown;
  }): Promise<void>;
  request(): BrowserRequest;
}
interface BrowserDialog {
  accept(text?: string): Promise<void>;
  defaultValue(): string;
  dismiss(): Promise<void>;
  message(): string;
  page(): BrowserPage | null;
  type(): string;
}
interface BrowserDownload {
  /** The file itself. */
  body(): Promise<Buffer>;
  cancel(): Promise<void>;
  delete(): Promise<void>;
  failure(): Promise<string | null>;
  page(): BrowserPage;
  /** Written with the host's files. */
  saveAs(path: string): Promise<void>;
  suggestedFilename(): string;
  url(): string;
}
interface BrowserConsoleMessage {
  args(): Promise<BrowserJSHandle[]>;
  location(): { url: string; lineNumber: number; columnNumber: number };
  page(): BrowserPage | null;
  text(): string;
  type(): string;
}
interface BrowserCDPSession extends BrowserEmitter<Record<string, any>>, AsyncDisposable {
  detach(): Promise<void>;
  send(method: string, parameters?: object): Promise<any>;
}

interface BrowserCookie {
  name: string;
  value: string;
  url?: string;
  domain?: string;
  path?: string;
  /** Seconds since the epoch. */
  expires?: number;
  httpOnly?: boolean;
  secure?: boolean;
  sameSite?: 'Strict' | 'Lax' | 'None';
}
interface BrowserStorageState {
  cookies: Required<Omit<BrowserCookie, 'url'>>[];
  origins: { origin: string; localStorage: { name: string; value: string }[] }[];
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
