import { resolveRoute, routeKey, routeProblem, serverUrl } from '@cofferdam/protocol';
import type { ScriptSource } from '../../sources/source.ts';
import type { ScriptStore } from '../../status/script-store.ts';
import type { Finding } from './conditions.ts';

export interface RouteClaimsOptions {
  source: ScriptSource;
  store: Pick<ScriptStore, 'uidOf' | 'read'>;
  /** The hosts that servers may have: names, or `*.` and a domain. */
  hosts?: readonly string[] | undefined;
}

interface Claim {
  key: string;
  route: string;
  /** What the status says of whoever has the route. */
  url: string;
  createdAt: number;
}

/** Which script has which route: of two that want one, whoever had it first. */
export class RouteClaims {
  readonly #options: RouteClaimsOptions;
  readonly #claims = new Map<string, Claim>();
  readonly #byRoute = new Map<string, Set<Claim>>();

  constructor(options: RouteClaimsOptions) {
    this.#options = options;
  }

  /** Takes what a script's resource says now; answers the other scripts for which that may change something. */
  note(key: string): string[] {
    const before = this.#claims.get(key);
    const after = this.#claimOf(key);
    if (before?.route === after?.route) return [];
    if (before) this.#drop(before);
    if (after) this.#add(after);
    return [before, after].flatMap((claim) => this.#others(claim));
  }

  /** Why a script cannot have the route that it asks for. */
  obstacle(key: string): Finding | undefined {
    const route = this.#options.source.get(key)?.resource?.spec.route;
    if (!route) return undefined;
    const resolved = resolveRoute(route);
    const problem = routeProblem(resolved, this.#options.hosts);
    if (problem !== undefined) return { status: 'False', reason: 'RouteRefused', message: problem };
    const holder = this.#holderOf(routeKey(resolved));
    if (holder === undefined || holder === key) return undefined;
    const message = `the route ${routeKey(resolved)} is that of ${holder}, which had it before`;
    return { status: 'False', reason: 'RouteConflict', message };
  }

  #claimOf(key: string): Claim | undefined {
    const entry = this.#options.source.get(key);
    const { route } = entry?.resource?.spec ?? {};
    if (!entry || !route) return undefined;
    const resolved = resolveRoute(route);
    const { createdAt = Infinity } = entry;
    return { key, route: routeKey(resolved), url: serverUrl(entry, resolved), createdAt };
  }

  #holderOf(route: string): string | undefined {
    const claims = [...(this.#byRoute.get(route) ?? [])];
    if (claims.length < 2) return claims[0]?.key;
    // What an older script asks for now takes nothing from who has it already.
    const holding = claims.filter((claim) => this.#holds(claim));
    const [first] = (holding.length > 0 ? holding : claims).sort(
      (a, b) => a.createdAt - b.createdAt || (a.key < b.key ? -1 : 1),
    );
    return first!.key;
  }

  #holds({ key, url }: Claim): boolean {
    const { store } = this.#options;
    const uid = store.uidOf(key);
    return uid !== undefined && store.read(uid)?.status?.url === url;
  }

  #others(claim: Claim | undefined): string[] {
    const claims = claim ? [...(this.#byRoute.get(claim.route) ?? [])] : [];
    return claims.map(({ key }) => key).filter((key) => key !== claim!.key);
  }

  #add(claim: Claim): void {
    this.#claims.set(claim.key, claim);
    const claims = this.#byRoute.get(claim.route) ?? new Set();
    this.#byRoute.set(claim.route, claims.add(claim));
  }

  #drop(claim: Claim): void {
    this.#claims.delete(claim.key);
    const claims = this.#byRoute.get(claim.route);
    claims?.delete(claim);
    if (claims?.size === 0) this.#byRoute.delete(claim.route);
  }
}
