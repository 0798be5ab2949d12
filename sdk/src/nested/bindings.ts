import { setTimeout } from 'node:timers/promises';
import { CofferdamError, FILES_METHODS } from '@cofferdam/protocol';
import { RuntimeBrowser } from '../bindings/browser/runtime-browser.ts';
import type { BindingScope } from '../bindings/scope.ts';
import { aBoolean, aFunction, anObject, aText, options, type Check } from '../options/check.ts';
import type { FetchBinding, FileBindings, HostBindings, ToolHandler } from '../types.ts';
import { partOfFiles, type FilePart } from './file-part.ts';
import { contextView, guestHandler, guestListener, type GuestCall } from './guest-call.ts';
import { guestRequest, readGuestResponse } from './http.ts';
import { guestModules } from './modules.ts';
import type { Policy } from './policy.ts';

const isTrue: Check<true> = (value, name) => {
  if (value === true) return true;
  throw new CofferdamError('INVALID_INPUT', `${name} must be the browser that this guest has`);
};

const functions = options(
  Object.fromEntries(FILES_METHODS.map((name) => [name, aFunction])) as Record<
    (typeof FILES_METHODS)[number],
    typeof aFunction
  >,
);
const readPart = options({ root: aText(4_096), allowWrite: aBoolean });

const read = options({
  browser: isTrue,
  console: options({ onEntry: aFunction }),
  fetch: aFunction,
  files: options({ part: readPart, methods: functions }),
  modules: anObject,
  tools: anObject,
});

export interface Parent {
  /** What the guest has that makes a child. */
  scope: BindingScope;
  policy: Policy;
}

/** A child that is being made. */
export interface Making extends Parent {
  /** What ends with it. */
  ends: (() => void)[];
}

/** A child's bindings, of what its parent sent: references to functions, and parts of its own. Throws `INVALID_INPUT`. */
export function childBindings(value: unknown, { scope, policy, ends }: Making): HostBindings {
  const given = read(value, 'bindings');
  const { onEntry } = given.console ?? {};
  const fetch = given.fetch ? guestFetch(callOf(given.fetch)) : inherited({ scope, policy });
  const files = given.files && guestFiles(given.files, scope);
  return {
    ...(onEntry && { console: { onEntry: listener(onEntry) } }),
    ...(fetch && { fetch }),
    ...(files && { files }),
    ...(given.modules && { modules: guestModules(given.modules) }),
    ...(given.tools && { tools: guestTools(given.tools) }),
    ...(given.browser && { browser: parentsBrowser(scope, ends) }),
  };
}

const callOf = (value: unknown): GuestCall => value as GuestCall;

function inherited({ scope, policy }: Parent): FetchBinding | undefined {
  return policy.fetch === 'inherit' ? scope.bindings.fetch : undefined;
}

function listener(onEntry: unknown): NonNullable<NonNullable<HostBindings['console']>['onEntry']> {
  const tell = guestListener(callOf(onEntry));
  return (entry, context) => tell(entry, contextView(context));
}

function guestFetch(call: GuestCall): FetchBinding {
  return async (request, context) =>
    readGuestResponse(await call(guestRequest(request), contextView(context)));
}

type GivenFiles = { part?: Partial<FilePart>; methods?: Record<string, unknown> };

function guestFiles({ part, methods = {} }: GivenFiles, scope: BindingScope): FileBindings {
  if (!part) {
    const calls = Object.entries(methods).map(([name, call]) => [name, guestHandler(callOf(call))]);
    return Object.fromEntries(calls) as FileBindings;
  }
  const { files } = scope.bindings;
  if (!files) throw new CofferdamError('FORBIDDEN', 'this guest has no files to give a part of');
  const { root, allowWrite = false } = part;
  if (root === undefined) throw new CofferdamError('INVALID_INPUT', 'root is missing');
  return partOfFiles(files, { root, allowWrite });
}

function guestTools(given: Record<string, unknown>): Record<string, ToolHandler> {
  const tools = Object.entries(given).map(([name, tool]): [string, ToolHandler] => {
    return [name, guestHandler(callOf(aFunction(tool, `bindings.tools.${name}`)))];
  });
  return Object.fromEntries(tools);
}

const EVENTS = '$events';
/** One session's events are told to who asked last: two that listen take turns, and no more often. */
const TURN_MS = 100;

/**
 * The parent's browser: contexts of the child's own where the host gave factories, with the parent's profiles;
 * of a handler the one session that it has.
 */
function parentsBrowser(
  scope: BindingScope,
  ends: (() => void)[],
): NonNullable<HostBindings['browser']> {
  const { browser } = scope.bindings;
  if (!browser) throw new CofferdamError('FORBIDDEN', 'this guest has no browser to pass on');
  if (browser.handler) {
    return {
      handler: async (call, context) => {
        const answer = await scope.browser.call(call, context);
        const isIdle = call.method === EVENTS && answer.value === '[]';
        if (isIdle) await setTimeout(TURN_MS, undefined, { ref: false });
        return answer;
      },
    };
  }
  const own = new RuntimeBrowser();
  own.attach(scope);
  ends.push(() => void own.close());
  return { handler: (call, context) => own.call(call, context) };
}
