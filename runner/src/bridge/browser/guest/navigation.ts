import { record } from '../../../guest/interface.ts';
import { exposed, own } from '../../directory/guest/own.ts';
import { ask } from './ask.ts';
import { listen, unlisten } from './listeners.ts';
import type { Method } from './methods.ts';
import { findRemote } from './registry.ts';
import { stateOf, type RemoteState } from './remote.ts';
import { baseOf, checkPattern, isRegExp, matches, type Pattern } from './url-match.ts';
import { timeoutOf, waitFor } from './waiting.ts';

interface NavigationOptions {
  timeout?: unknown;
  waitUntil?: unknown;
  url?: unknown;
}

export const NAVIGATION: Record<string, Method> = record({
  waitForRequest: function (pattern, options) {
    return waitForMessage(this, 'request', pattern, options);
  } as Method,
  waitForResponse: function (pattern, options) {
    return waitForMessage(this, 'response', pattern, options);
  } as Method,
  waitForNavigation: function (options) {
    return exposed(navigated(this, record({ ...(options as NavigationOptions) })));
  } as Method,
});

function waitForMessage(
  page: object,
  event: 'request' | 'response',
  pattern: unknown,
  options: unknown,
): Promise<object> {
  const isAddress = typeof pattern === 'string' || isRegExp(pattern);
  const fits = (message: object): boolean =>
    matches(pattern as Pattern, stateOf(message).fields.url as string, baseOf(page));
  return waitFor(page, {
    event,
    title: `a ${event}${isAddress ? ` of ${pattern as string}` : ''}`,
    predicate: isAddress ? fits : (pattern as Function),
    timeout: timeoutOf(page, (options as NavigationOptions | undefined)?.timeout),
  });
}

/** Answers the response that the new document came with, if it came with one. */
async function navigated(page: object, options: NavigationOptions): Promise<object | null> {
  let response: object | null = null;
  const main = ask(stateOf(page), 'mainFrame', []);
  const onResponse = (received: object): void => {
    const { request } = stateOf(received).fields;
    if (stateOf(request).fields.isNavigationRequest === true) response = received;
  };
  listen(page, 'response', onResponse);
  try {
    await own(navigation(page, own(main), options));
    await own(ask(stateOf(page), 'waitForLoadState', loadState(options)));
  } finally {
    unlisten(page, 'response', onResponse);
  }
  return response;
}

function navigation(
  page: object,
  main: Promise<object>,
  { url, timeout }: NavigationOptions,
): Promise<object> {
  const predicate = async (frame: object): Promise<boolean> => {
    if (frame !== (await main)) return false;
    if (url === undefined) return true;
    return matches(url as Pattern, stateOf(frame).fields.url as string, baseOf(page));
  };
  const wait = { event: 'framenavigated', title: 'a navigation', predicate };
  return waitFor(page, { ...wait, timeout: timeoutOf(page, timeout) });
}

function loadState({ waitUntil, timeout }: NavigationOptions): unknown[] {
  return [waitUntil ?? 'load', record({ ...(timeout !== undefined && { timeout }) })];
}

export const waitForURL: Method = function (pattern, given) {
  const state = stateOf(this);
  checkPattern(pattern);
  const page = state.kind === 'Page' ? this : (state.fields.page as object);
  return exposed(moved({ state, page }, pattern as Pattern, record({ ...(given as object) })));
};

interface Mover {
  state: RemoteState;
  page: object;
}

/** Waits until a page or frame is where it is to be, and is loaded there. */
async function moved(
  { state, page }: Mover,
  pattern: Pattern,
  options: NavigationOptions,
): Promise<void> {
  const { timeout } = options;
  const frame = own(state.kind === 'Page' ? ask(state, 'mainFrame', []) : found(state.id));
  const isThere = async (): Promise<boolean> =>
    matches(pattern, stateOf(await frame).fields.url as string, baseOf(page));
  const predicate = async (navigatedFrame: object): Promise<boolean> =>
    navigatedFrame === (await frame) && (await own(isThere()));
  const wait = { event: 'framenavigated', title: 'an address', predicate, check: isThere };
  await own(waitFor(page, { ...wait, timeout: timeoutOf(page, timeout) }));
  await own(ask(state, 'waitForLoadState', loadState(options)));
}

async function found(id: string): Promise<object> {
  return findRemote(id)!;
}

/** By its name, or the fields `name` and `url`; `null` where there is none. */
export const frame: Method = function (given) {
  return exposed(frameOf(this, given));
};

async function frameOf(page: object, given: unknown): Promise<object | null> {
  const { name, url } = record(
    typeof given === 'string' ? { name: given } : { ...(given as object) },
  ) as { name?: unknown; url?: unknown };
  if (url !== undefined) checkPattern(url);
  const frames = (await own(ask(stateOf(page), 'frames', []))) as object[];
  for (let i = 0; i < frames.length; i++) {
    const { fields } = stateOf(frames[i]);
    const isNamed = name === undefined || fields.name === name;
    const isThere = () => matches(url as Pattern, fields.url as string, baseOf(page));
    if (isNamed && (url === undefined || isThere())) return frames[i]!;
  }
  return null;
}
