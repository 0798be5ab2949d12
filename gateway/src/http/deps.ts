import type { Metrics } from '@cofferdam/telemetry';
import type { Authenticator } from '../access/authenticator.ts';
import type { GatewayCore } from '../core/core.ts';
import type { ScriptDirectory } from '../core/scripts.ts';
import type { Log } from '../log.ts';

/** What the HTTP surface needs of the rest. */
export interface HttpDeps {
  core: Pick<
    GatewayCore,
    | 'budget'
    | 'catalogue'
    | 'runs'
    | 'runtimes'
    | 'servers'
    | 'sessions'
    | 'validate'
    | 'typechecks'
    | 'wasm'
    | 'records'
    | 'registry'
    | 'stats'
    | 'health'
  >;
  metrics: Pick<Metrics, 'text' | 'contentType' | 'httpRequest'>;
  authenticator: Authenticator;
  /** The scripts of this instance; `undefined` while (or where) nobody keeps any. */
  scripts: () => ScriptDirectory | undefined;
  /** Requests a minute for each caller; 0 is no limit. Default 60. */
  rateLimit?: number;
  /** Origins of web pages that may read answers. Default: none. */
  corsOrigins?: ReadonlySet<string>;
  /** Bytes of a JSON body. Default 4 MiB. */
  bodyLimit?: number;
  /** Milliseconds between comments in an event stream. Default 15 s. */
  heartbeatMs?: number;
  /** Milliseconds between looks whether the caller of a connection could still open it. Default 30 s. */
  standingMs?: number;
  /** New requests are refused with `SHUTTING_DOWN`. */
  closing?: () => boolean;
  /** It is about to close: a kept connection ends with the next answer. */
  leaving?: () => boolean;
  /** Whether requests may be sent here, for /readyz. Default: yes. */
  ready?: () => boolean;
  log?: Log;
}
