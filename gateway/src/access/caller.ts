/** The resources of `cofferdam.dev` that callers' rights are about, as RBAC names them. */
export type Resource = 'sandboxruns' | 'sandboxscripts';
export type Verb = 'create' | 'get' | 'list';

/** Something that a caller wants to do, in the words of Kubernetes' RBAC. */
export type Action = ResourceAction | PathAction;

export interface ResourceAction {
  verb: Verb;
  resource: Resource;
  /** `undefined` asks for every namespace at once. */
  namespace: string | undefined;
}

/** Reads what is about the whole service. */
export interface PathAction {
  verb: 'get';
  path: '/stats' | '/metrics';
}

/** Who asks, proven by a token (or, where none is asked for, by being on this machine). */
export interface Caller {
  /** Unique over all sources of callers: `owner`, `token:ci`, `kubernetes:system:serviceaccount:a:b`. */
  readonly subject: string;
  /** What the token is bound to, where the token itself says so. */
  readonly namespaces?: readonly string[];
  /** Rejects with `UNAVAILABLE` when nobody can be asked: that is never a yes. */
  may(action: Action): Promise<boolean>;
}

/** Where callers come from. */
export interface CallerSource {
  /**
   * The caller of a token; `undefined` for one that is not of this source. `address` is the peer's.
   * Rejects with `UNAVAILABLE` or `RATE_LIMITED` when this source cannot say (now).
   */
  find(token: string, address: string): Promise<Caller | undefined>;
  close?(): void;
}

/** As a refusal names it: `create sandboxruns.cofferdam.dev in namespace home`. */
export function describeAction(action: Action): string {
  if ('path' in action) return `${action.verb} ${action.path}`;
  const { verb, resource, namespace } = action;
  const where = namespace === undefined ? 'every namespace' : `namespace ${namespace}`;
  return `${verb} ${resource}.cofferdam.dev in ${where}`;
}
