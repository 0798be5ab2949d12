import type { ResolvedPool, ResolvedScript } from '@cofferdam/protocol';
import type { Telemetry } from '@cofferdam/telemetry';
import type { Tickets } from '../egress/tickets.ts';
import type { RuntimeRoutes } from '../runtimes/routes.ts';
import type { RuntimeBrowsers } from '../browsers/runtime-browsers.ts';
import type { RunnerLease } from '../runners/registry.ts';
import type { ServerLogLine } from './instance-log.ts';

/** Where an instance begins, and what it tells of itself. */
export interface InstancePlace {
  pool: ResolvedPool;
  /** The script, cut down to what its pool allows. */
  allowed: ResolvedScript;
  tickets: Tickets | undefined;
  telemetry: Telemetry;
  /** Where its runner says what its guest asks for. */
  routes: RuntimeRoutes;
  /** Of scripts that may have one. */
  browsers: RuntimeBrowsers;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** A runner of the script's tenant, another one than those of its other instances where there is one. */
  acquire(signal: AbortSignal): Promise<RunnerLease>;
  /** Takes a place for one more runtime, and answers how it is given back; throws `QUEUE_FULL`. */
  enter(): () => void;
  log(line: Omit<ServerLogLine, 'time'>): void;
  /** Told of what goes wrong with its ticket. */
  onError: (error: unknown) => void;
}
