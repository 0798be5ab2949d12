import type { ConsoleMessage, Page, Request, Response } from 'playwright-core';
import type { SessionCore } from './core.ts';
import { cut, headersOf } from './states.ts';
import type { TrackedContext } from './tracked.ts';

/** What is kept of one text: a thousand of each kind may be. */
const MAX_TEXT = 4_096;

interface Where {
  timestamp: number;
  contextId: string;
  pageId: string;
}

/** Tells the embedder what happens in a context's pages, where it wants to know. */
export function observeContext(core: SessionCore, tracked: TrackedContext): void {
  const { onEvent } = core.options;
  if (!onEvent) return;
  const { context } = tracked;
  const where = (page: Page | null | undefined): Where => ({
    timestamp: Date.now(),
    contextId: tracked.id,
    pageId: (page && core.handles.idOf(page)) ?? '',
  });
  context.on('console', (message) => {
    onEvent({ type: 'browserConsoleLog', ...consoleEntry(message), ...where(message.page()) });
  });
  context.on('weberror', (webError) => {
    onEvent({ type: 'pageError', ...errorInfo(webError.error()), ...where(webError.page()) });
  });
  context.on('request', (request) => {
    onEvent({ type: 'networkRequest', ...requestInfo(request), ...where(pageOf(request)) });
  });
  context.on('response', (response) => {
    const page = pageOf(response.request());
    onEvent({ type: 'networkResponse', ...responseInfo(response), ...where(page) });
  });
  context.on('requestfailed', (request) => {
    const { url, method, resourceType } = requestInfo(request);
    const failureText = cut(request.failure()?.errorText ?? '', MAX_TEXT);
    const info = { url, method, resourceType, failureText };
    onEvent({ type: 'requestFailure', ...info, ...where(pageOf(request)) });
  });
}

function consoleEntry(message: ConsoleMessage) {
  const { url, lineNumber, columnNumber } = message.location();
  return {
    level: message.type(),
    stdout: cut(message.text(), MAX_TEXT),
    location: { url: cut(url, MAX_TEXT), lineNumber, columnNumber },
  };
}

/** Anything that a page threw: it need be no error. */
export function errorInfo(error: unknown) {
  const { name, message, stack } = Object(error) as Partial<Error>;
  return {
    name: typeof name === 'string' ? cut(name, 256) : 'Error',
    message: cut(typeof message === 'string' ? message : String(error), MAX_TEXT),
    ...(typeof stack === 'string' && { stack: cut(stack, MAX_TEXT) }),
  };
}

function requestInfo(request: Request) {
  const postData = request.postData();
  return {
    url: cut(request.url(), MAX_TEXT),
    method: cut(request.method(), 256),
    headers: headersOf(request.headers(), MAX_TEXT),
    ...(postData !== null && { postData: cut(postData, MAX_TEXT) }),
    resourceType: request.resourceType(),
  };
}

function responseInfo(response: Response) {
  return {
    url: cut(response.url(), MAX_TEXT),
    status: response.status(),
    statusText: cut(response.statusText(), 256),
    headers: headersOf(response.headers(), MAX_TEXT),
  };
}

/** A service worker's request is of no page. */
function pageOf(request: Request): Page | undefined {
  try {
    return request.frame().page();
  } catch {
    return undefined;
  }
}
