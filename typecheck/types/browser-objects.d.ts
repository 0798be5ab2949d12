/// <reference path="./buffer.d.ts" />
/// <reference path="./url.d.ts" />

/** What happens in contexts and pages, and the objects that come and go with it. */
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
