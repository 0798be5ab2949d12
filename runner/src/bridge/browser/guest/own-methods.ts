import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { exposed, own } from '../../directory/guest/own.ts';
import { guestArray } from '../../directory/guest/guest-array.ts';
import { ask } from './ask.ts';
import type { BrowserClassName } from './classes.ts';
import { failureOf } from './failure.ts';
import { LISTENING, WATCHING } from './listening.ts';
import { located, type Method } from './methods.ts';
import { frame, NAVIGATION, waitForURL } from './navigation.ts';
import { findRemote, letGo } from './registry.ts';
import { makeRemote, stateOf, type RemoteState } from './remote.ts';

const { jsonParse } = primordials;

export type Methods = Record<string, Method>;

let browser: object | undefined;

/** The one there is; made when the classes are. */
export function theBrowser(): object {
  return (browser ??= makeRemote(record({ kind: 'Browser', id: 'browser' })));
}

/** Nothing happens any more in what the guest has closed itself. */
const close: Method = function (options) {
  const state = stateOf(this);
  return exposed(closed(state, options));
};

async function closed(state: RemoteState, options: unknown): Promise<void> {
  await own(ask(state, 'close', options === undefined ? [] : [options]));
  letGo(state.id);
}

/** What the guest's own waiting takes at most, too. */
const setDefaultTimeout: Method = function (timeout) {
  const state = stateOf(this);
  state.timeout = +(timeout as number);
  return ask(state, 'setDefaultTimeout', [timeout]);
};

const newContext: Method = function (options) {
  const { baseURL } = record({ ...(options as { baseURL?: unknown } | undefined) });
  const asked = ask(stateOf(this), 'newContext', options === undefined ? [] : [options]);
  return exposed(based(asked, baseURL));
};

async function based(asked: Promise<object>, baseURL: unknown): Promise<object> {
  const context = await own(asked);
  if (baseURL !== undefined) stateOf(context).baseURL = `${baseURL as string}`;
  return context;
}

/** As Puppeteer has it. */
const target: Method = function () {
  const { context } = stateOf(this).fields;
  const session: Method = () => ask(stateOf(context), 'newCDPSession', [this]);
  return { createCDPSession: () => session.call(this) };
};

const all: Method = function () {
  return exposed(allOf(stateOf(this)));
};

async function allOf(state: RemoteState): Promise<object[]> {
  const count = (await own(ask(state, 'count', []))) as number;
  const found = list<object>();
  for (let i = 0; i < count; i++) found[i] = located(state, 'nth', [i]);
  return guestArray(found);
}

/** The page or frame that a locator begins at. */
export function startOf(id: string): object {
  const start = findRemote(id);
  if (start) return start;
  throw failureOf('HandleGoneError', 'What the locator begins at is no more');
}

/** The page of a locator: what its chain begins at, or that frame's. */
const pageOf: Method = function () {
  const start = startOf(stateOf(this).id);
  return stateOf(start).kind === 'Page' ? start : stateOf(start).fields.page;
};

const json: Method = function () {
  return exposed(parsed(ask(stateOf(this), 'text', [])));
};

async function parsed(text: Promise<string>): Promise<unknown> {
  return jsonParse(await own(text));
}

const postDataJSON: Method = function () {
  const { postData } = stateOf(this).fields;
  return typeof postData === 'string' ? jsonParse(postData) : null;
};

/** The file itself, which in Playwright would be a stream or a path of the host's. */
const body: Method = function () {
  return ask(stateOf(this), '$body', []);
};

/** By class, what its kind in the list alone does not make. */
export const OWN_METHODS: Partial<Record<BrowserClassName, Methods>> = record({
  Browser: record({ newContext }),
  Context: record({
    ...LISTENING,
    ...WATCHING,
    ...{ close, setDefaultTimeout },
    browser: theBrowser as Method,
  }),
  Page: record({
    ...LISTENING,
    ...WATCHING,
    ...NAVIGATION,
    ...{ close, frame, setDefaultTimeout, target, waitForURL },
  }),
  Download: record({ body }),
  Frame: record({ waitForURL }),
  Locator: record({ all, page: pageOf }),
  ElementHandle: record({
    asElement: function () {
      return this;
    } as Method,
  }),
  Request: record({ postDataJSON }),
  Response: record({ json }),
  CDPSession: LISTENING,
});
