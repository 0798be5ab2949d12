import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import { ask, tell } from './ask.ts';
import { want } from './events.ts';
import { stateOf } from './remote.ts';
import { baseOf, checkPattern, isSamePattern, matches, type Pattern } from './url-match.ts';

const { apply, Map, mapDelete, mapForEach, mapGet, mapSet, promiseThen, TypeError } = primordials;

interface Route {
  id: number;
  remote: object;
  pattern: Pattern;
  handler: Function;
  run: Function;
  /** How often it is asked at most. */
  left: number;
}

const routes = new Map<number, Route>();
let lastId = 0;

/** Has a guest's handler decide on requests. The host offers all of them: what is meant is decided here. */
export function addRoute(
  remote: object,
  pattern: unknown,
  handler: unknown,
  times: unknown,
): Promise<void> {
  const state = stateOf(remote);
  checkPattern(pattern);
  if (typeof handler !== 'function') throw new TypeError('The handler of a route is a function');
  const id = ++lastId;
  const run = core.carry(handler, 'BrowserRoute');
  const left = times === undefined ? Infinity : +(times as number);
  const route = { id, remote, pattern: pattern as Pattern, handler, run, left };
  mapSet(routes, id, record<Route>(route));
  want(1);
  const added = ask(state, '$route', [id]);
  promiseThen(hardened(added), undefined, () => forget(id));
  return added;
}

/** Takes away the routes of an object: those of a pattern, and handler, or all. */
export async function removeRoutes(
  remote: object,
  pattern?: unknown,
  handler?: unknown,
): Promise<void> {
  const found = list<Route>();
  mapForEach(routes, (route: Route) => {
    const isOne =
      route.remote === remote &&
      (pattern === undefined || isSamePattern(route.pattern, pattern as Pattern)) &&
      (handler === undefined || route.handler === handler);
    if (isOne) found[found.length] = route;
  });
  for (let i = 0; i < found.length; i++) remove(found[i]!);
}

function remove(route: Route): void {
  forget(route.id);
  tell(stateOf(route.remote), '$unroute', [route.id]);
}

function forget(id: number): void {
  if (mapDelete(routes, id)) want(-1);
}

/** A request that the host keeps until it is told what is to become of it. */
export function routed(value: readonly [number, object]): void {
  const route = mapGet(routes, value[0]) as Route | undefined;
  const held = value[1];
  const request = stateOf(held).fields.request as object;
  const url = stateOf(request).fields.url as string;
  if (!route || !isMeant(route, url)) return tell(stateOf(held), 'fallback', []);
  if (--route.left <= 0) remove(route);
  try {
    apply(route.run, undefined, [held, request]);
  } catch (error) {
    core.fail(error);
  }
}

function isMeant({ pattern, remote }: Route, url: string): boolean {
  try {
    return matches(pattern, url, baseOf(remote));
  } catch (error) {
    core.fail(error);
    return false;
  }
}
