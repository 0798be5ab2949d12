import type { BrowserClassName } from '@cofferdam/protocol';
import type {
  ConsoleMessage,
  Dialog,
  Download,
  Frame,
  Page,
  Request,
  Response,
  Route,
} from 'playwright-core';

/** An address or the text of a header is cut to this: it comes with every handle. */
const MAX_TEXT = 16_384;
const MAX_POST_DATA = 64 * 1024;
/** Characters of all headers of one message. */
const MAX_HEADERS = 16_384;

type State = Record<string, unknown>;

/** What goes with a handle of each class: see `state` in BROWSER_CLASSES. Objects in it become handles. */
const STATES: Partial<Record<BrowserClassName, (target: never) => State>> = {
  Page: (page: Page) => ({ ...pageState(page), context: page.context() }),
  Frame: (frame: Frame) => ({ ...frameState(frame), page: frame.page() }),
  Request: (request: Request) => ({
    url: cut(request.url()),
    method: cut(request.method()),
    resourceType: request.resourceType(),
    isNavigationRequest: request.isNavigationRequest(),
    headers: headersOf(request.headers()),
    postData: postDataOf(request),
    failure: request.failure(),
    redirectedFrom: request.redirectedFrom(),
    frame: attempt(() => request.frame()),
    timing: request.timing(),
  }),
  Response: (response: Response) => ({
    url: cut(response.url()),
    status: response.status(),
    statusText: cut(response.statusText()),
    ok: response.ok(),
    headers: headersOf(response.headers()),
    request: response.request(),
    frame: attempt(() => response.frame()),
    fromServiceWorker: response.fromServiceWorker(),
  }),
  Route: (route: Route) => ({ request: route.request() }),
  Dialog: (dialog: Dialog) => ({
    type: dialog.type(),
    message: cut(dialog.message()),
    defaultValue: cut(dialog.defaultValue()),
    page: dialog.page(),
  }),
  Download: (download: Download) => ({
    url: cut(download.url()),
    suggestedFilename: cut(download.suggestedFilename()),
    page: download.page(),
  }),
  ConsoleMessage: (message: ConsoleMessage) => ({
    type: message.type(),
    text: cut(message.text()),
    location: locationOf(message),
    page: message.page(),
  }),
};

export function stateOf(className: BrowserClassName, target: object): State | undefined {
  return STATES[className]?.(target as never);
}

/** What changes of a page while it is there. */
export function pageState(page: Page): State {
  return { url: cut(page.url()), isClosed: page.isClosed(), viewportSize: page.viewportSize() };
}

export function frameState(frame: Frame): State {
  return { name: cut(frame.name()), url: cut(frame.url()), isDetached: frame.isDetached() };
}

export function cut(text: string, most = MAX_TEXT): string {
  return text.length > most ? text.slice(0, most) : text;
}

export function headersOf(
  headers: Record<string, string>,
  most = MAX_HEADERS,
): Record<string, string> {
  let left = most;
  const kept = Object.entries(headers).filter(([name, value]) => {
    left -= name.length + value.length;
    return left >= 0;
  });
  return Object.fromEntries(kept);
}

function locationOf(message: ConsoleMessage): State {
  const { url, lineNumber, columnNumber } = message.location();
  return { url: cut(url), lineNumber, columnNumber };
}

/** Null also for one that is too large to go along, or no text. */
function postDataOf(request: Request): string | null {
  const text = attempt(() => request.postData());
  return text !== null && text.length <= MAX_POST_DATA ? text : null;
}

/** Playwright throws for what a request has not, as the frame of a service worker's. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
