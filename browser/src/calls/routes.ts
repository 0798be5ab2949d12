import type { BrowserContext, Page, Route } from 'playwright-core';
import { httpAddress } from '../addresses.ts';
import type { SessionCore } from '../core.ts';
import { BrowserError } from '../errors.ts';
import { optionsOf } from './arguments.ts';
import type { Call, SpecialCall } from './call.ts';

type Handler = (route: Route) => void;

/** Routes of a page or context by the guest's numbers. */
const routesOf = new WeakMap<object, Map<number, Handler>>();
/** Ends the wait for the guest. */
const waiting = new WeakMap<Route, () => void>();

/** Has all requests wait for the guest, which knows which of them it means. */
async function route({ core, subject, args }: Call): Promise<void> {
  const target = subject.target as Page | BrowserContext;
  const known = routesOf.get(target) ?? new Map<number, Handler>();
  routesOf.set(target, known);
  const id = numberOf(args[0]);
  if (known.has(id)) throw new TypeError(`There is a route ${id}`);
  addScript(core);
  const handler: Handler = (each) => offer(core, each, { object: subject.id, id });
  known.set(id, handler);
  await target.route(everything, handler);
}

/** No pattern is matched in this process. */
const everything = () => true;

async function unroute({ core, subject, args }: Call): Promise<void> {
  const target = subject.target as Page | BrowserContext;
  const id = numberOf(args[0]);
  const handler = routesOf.get(target)?.get(id);
  if (!handler) return;
  routesOf.get(target)?.delete(id);
  core.scripts--;
  await target.unroute(everything, handler);
}

/** Scripts and routes cost something for every page and request. */
export function addScript(core: SessionCore): void {
  if (core.scripts >= core.limits.scripts) {
    throw new BrowserError(
      'BrowserLimitError',
      `${core.limits.scripts} scripts and routes are set`,
    );
  }
  core.scripts++;
}

function offer(
  core: SessionCore,
  each: Route,
  { object, id }: { object: string; id: number },
): void {
  const goOn = () => {
    core.handles.drop(each);
    void each.fallback().catch(() => {});
  };
  if (core.ended.signal.aborted || core.events.isFull) return goOn();
  const timer = setTimeout(goOn, core.limits.answerMs);
  timer.unref();
  waiting.set(each, () => {
    clearTimeout(timer);
    core.handles.drop(each);
  });
  core.handles.of('Route', each, object);
  core.events.push(object, '$route', core.write([id, each]).json);
}

/** Whatever the guest answers, it is not waited for any more. */
function answered(answer: (route: Route, options: Record<string, unknown>) => Promise<void>) {
  return async ({ subject, args }: Call): Promise<void> => {
    const each = subject.target as Route;
    const options = optionsOf(args[0]);
    if (options.url !== undefined) options.url = httpAddress(options.url, 'url');
    waiting.get(each)?.();
    await answer(each, options);
  };
}

async function abort({ subject, args }: Call): Promise<void> {
  const each = subject.target as Route;
  const [errorCode] = args;
  waiting.get(each)?.();
  await each.abort(typeof errorCode === 'string' ? errorCode : undefined);
}

function numberOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new TypeError("A route's id is a whole number");
}

export const ROUTE_CALLS: Readonly<Record<string, SpecialCall>> = {
  '*.$route': route,
  '*.$unroute': unroute,
  'Route.abort': abort,
  'Route.continue': answered((each, options) => each.continue(options)),
  'Route.fallback': answered((each, options) => each.fallback(options)),
  'Route.fulfill': answered((each, options) => each.fulfill(options)),
};
