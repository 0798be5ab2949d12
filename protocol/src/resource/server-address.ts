import { RESERVED_SEGMENTS } from './script-server.ts';
import type { ResolvedRoute } from './resolved-script.ts';

/** Names of this machine alone, each an origin of its own in a browser. */
export const DEFAULT_SERVER_HOSTS: readonly string[] = ['*.localhost'];

/** The path of every server's own address, which ends in a `/`. */
function serverPath({ namespace, name }: { namespace: string; name: string }): string {
  return `/v1/namespaces/${namespace}/scripts/${name}/server/`;
}

/** Where a server answers, as a reference that is resolved against the gateway's address. */
export function serverUrl(
  script: { namespace: string; name: string },
  route: ResolvedRoute | undefined,
): string {
  if (!route) return serverPath(script);
  const path = route.path === '/' ? '/' : `${route.path}/`;
  return route.host === undefined ? path : `//${route.host}${path}`;
}

/** What two routes cannot both have. */
export function routeKey({ host = '', path }: ResolvedRoute): string {
  return `${host}${path}`;
}

/** Why a gateway whose servers may have these hosts cannot serve a route, in a sentence. */
export function routeProblem(
  { host, path }: ResolvedRoute,
  hosts: readonly string[] = DEFAULT_SERVER_HOSTS,
): string | undefined {
  if (host !== undefined) {
    if (hosts.some((pattern) => matches(pattern, host))) return undefined;
    return `this instance lets no server have the host ${host}: ISOLATE_SERVER_HOSTS names those that it does`;
  }
  const [, segment = ''] = path.split('/');
  const reserved: readonly string[] = ['', ...RESERVED_SEGMENTS];
  return reserved.includes(segment) ? `the API has the path ${path}` : undefined;
}

/** Patterns are names, or `*.` and a domain. */
function matches(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
