import { routeKey, routeProblem, type ResolvedScript } from '@cofferdam/protocol';

/** A route and what comes behind it. */
export interface FoundRoute {
  script: ResolvedScript;
  /** What of the path is the route's: '' or segments. */
  prefix: string;
  /** The host is the server's alone. */
  hasHost: boolean;
  auth: 'token' | 'none';
}

/** `elsewhere`: the host is that of servers, none of which has the path. */
export type RouteMatch = FoundRoute | 'elsewhere' | undefined;

/** Which server answers at which host and path. */
export class RouteTable {
  /** By host ('' is any), longest path first. */
  readonly #routes = new Map<string, FoundRoute[]>();

  constructor(scripts: readonly ResolvedScript[], hosts: readonly string[]) {
    const taken = new Set<string>();
    for (const script of scripts) {
      const route = script.server?.route;
      if (!route || routeProblem(route, hosts) !== undefined || taken.has(routeKey(route)))
        continue;
      taken.add(routeKey(route));
      this.#add(route.host ?? '', {
        script,
        prefix: route.path === '/' ? '' : route.path,
        hasHost: route.host !== undefined,
        auth: route.auth,
      });
    }
    for (const routes of this.#routes.values()) {
      routes.sort((a, b) => b.prefix.length - a.prefix.length);
    }
  }

  /** The route of a request: its host in lower case without a port, and its path as it was sent. */
  find(host: string, path: string): RouteMatch {
    const ofHost = this.#routes.get(host);
    const found = (host === '' ? undefined : ofHost)?.find((route) => covers(route, path));
    if (found) return found;
    if (ofHost && host !== '') return 'elsewhere';
    return this.#routes.get('')?.find((route) => covers(route, path));
  }

  #add(host: string, route: FoundRoute): void {
    const routes = this.#routes.get(host);
    if (routes) routes.push(route);
    else this.#routes.set(host, [route]);
  }
}

function covers({ prefix }: FoundRoute, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || path[prefix.length] === '/';
}
