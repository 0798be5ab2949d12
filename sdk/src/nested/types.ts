/**
 * What hosts may do that a guest makes within itself. Numbers are counted over all of a runtime's
 * descendants, and no guest's children can have more than it has itself.
 */
export interface NestedHostPolicy {
  /** `inherit`: a child that brings no `fetch` has its parent's binding. Default `disabled`. */
  fetch?: 'inherit' | 'disabled';
  /** Runtimes, test runtimes, sessions and app servers together, 0 to 1,024. Default 8. */
  maxTotalResources?: number;
  /** Runtimes, test runtimes and sessions, 0 to 1,024. Default 6. */
  maxRuntimes?: number;
  /** App servers, 0 to 1,024. Default 2. */
  maxAppServers?: number;
  /** MiB that a child may ask for, 16 to 2,048. Default 128. */
  maxMemoryLimitMB?: number;
  /** Milliseconds that an eval, or tests, of a child may ask for, 1 to 600,000. Default 30,000. */
  maxExecutionTimeoutMs?: number;
  /** Milliseconds after which an app server is ended, whatever it is doing. Default: none. */
  maxAppServerLifetimeMs?: number;
}
