/**
 * What scripts use most of a browser that a host provides, named as in Playwright. It is not all of
 * it: whoever needs more gives Playwright's own declarations as a library's types.
 */
interface BrowserWaitOptions {
  /** Milliseconds. */
  timeout?: number;
}
interface BrowserNavigationOptions extends BrowserWaitOptions {
  waitUntil?: 'load' | 'domcontentloaded' | 'networkidle' | 'commit';
}
interface BrowserResponse {
  ok(): boolean;
  status(): number;
  url(): string;
  text(): Promise<string>;
  json(): Promise<any>;
}
interface BrowserLocators {
  locator(selector: string, options?: { hasText?: string | RegExp }): BrowserLocator;
  getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): BrowserLocator;
  getByText(text: string | RegExp, options?: { exact?: boolean }): BrowserLocator;
  getByLabel(text: string | RegExp, options?: { exact?: boolean }): BrowserLocator;
  getByPlaceholder(text: string | RegExp, options?: { exact?: boolean }): BrowserLocator;
  getByTestId(id: string | RegExp): BrowserLocator;
}
interface BrowserLocator extends BrowserLocators {
  first(): BrowserLocator;
  last(): BrowserLocator;
  nth(index: number): BrowserLocator;
  filter(options: { hasText?: string | RegExp }): BrowserLocator;
  count(): Promise<number>;
  click(options?: BrowserWaitOptions): Promise<void>;
  dblclick(options?: BrowserWaitOptions): Promise<void>;
  hover(options?: BrowserWaitOptions): Promise<void>;
  fill(value: string, options?: BrowserWaitOptions): Promise<void>;
  press(key: string, options?: BrowserWaitOptions): Promise<void>;
  check(options?: BrowserWaitOptions): Promise<void>;
  uncheck(options?: BrowserWaitOptions): Promise<void>;
  selectOption(value: string | readonly string[]): Promise<string[]>;
  textContent(options?: BrowserWaitOptions): Promise<string | null>;
  innerText(options?: BrowserWaitOptions): Promise<string>;
  inputValue(options?: BrowserWaitOptions): Promise<string>;
  getAttribute(name: string): Promise<string | null>;
  isVisible(): Promise<boolean>;
  isEnabled(): Promise<boolean>;
  isChecked(): Promise<boolean>;
  waitFor(
    options?: BrowserWaitOptions & { state?: 'attached' | 'detached' | 'visible' | 'hidden' },
  ): Promise<void>;
}
interface BrowserPage extends BrowserLocators {
  goto(url: string, options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  reload(options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  goBack(options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  goForward(options?: BrowserNavigationOptions): Promise<BrowserResponse | null>;
  url(): string;
  title(): Promise<string>;
  content(): Promise<string>;
  setContent(html: string, options?: BrowserNavigationOptions): Promise<void>;
  evaluate<R = any>(code: string | ((argument: any) => R), argument?: unknown): Promise<Awaited<R>>;
  click(selector: string, options?: BrowserWaitOptions): Promise<void>;
  fill(selector: string, value: string, options?: BrowserWaitOptions): Promise<void>;
  textContent(selector: string, options?: BrowserWaitOptions): Promise<string | null>;
  waitForSelector(selector: string, options?: BrowserWaitOptions): Promise<unknown>;
  waitForURL(url: string | RegExp, options?: BrowserNavigationOptions): Promise<void>;
  waitForLoadState(state?: 'load' | 'domcontentloaded' | 'networkidle'): Promise<void>;
  waitForTimeout(milliseconds: number): Promise<void>;
  screenshot(options?: { path?: string; fullPage?: boolean }): Promise<Uint8Array>;
  context(): BrowserContext;
  close(): Promise<void>;
}
interface BrowserContext {
  newPage(): Promise<BrowserPage>;
  pages(): Promise<BrowserPage[]>;
  newCDPSession(page: BrowserPage): Promise<unknown>;
  close(): Promise<void>;
}
interface BrowserContextOptions {
  viewport?: { width: number; height: number } | null;
  userAgent?: string;
  locale?: string;
  [option: string]: unknown;
}
interface Browser {
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  contexts(): Promise<BrowserContext[]>;
}
declare var browser: Browser;
declare var context: BrowserContext;
declare var page: BrowserPage;

/** What `expect` knows beside its own, where there is one: each waits until it is so. */
interface Matchers<R, T> {
  toHaveTitle(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveURL(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveText(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toContainText(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveValue(expected: string | RegExp, options?: BrowserWaitOptions): Promise<void>;
  toHaveCount(expected: number, options?: BrowserWaitOptions): Promise<void>;
  toBeVisible(options?: BrowserWaitOptions): Promise<void>;
  toBeHidden(options?: BrowserWaitOptions): Promise<void>;
  toBeEnabled(options?: BrowserWaitOptions): Promise<void>;
  toBeChecked(options?: BrowserWaitOptions): Promise<void>;
}
