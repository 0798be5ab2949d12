/// <reference path="./buffer.d.ts" />
/// <reference path="./url.d.ts" />

/** What is found in pages, and what is done to it. */
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
