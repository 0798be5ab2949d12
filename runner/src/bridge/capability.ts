import type { Limits } from '@cofferdam/protocol';
import type { OpenBrowser } from './browser/exchange.ts';
import type { FetchStream, FetchStart } from './fetch/stream.ts';
import type { FilesExchange, FilesRequest } from './directory/stream.ts';
import type { WebSocketStart, WebSocketStream } from './websocket/stream.ts';

/** What a capability may know of the run that calls it. One for each run, gone with it. */
export interface RunContext {
  readonly runId: string;
  readonly limits: Limits;
  /** Aborted when the run ends, however it ends. */
  readonly signal: AbortSignal;
  /** A capability's own state for this run (crypto keys, open streams), by capability name. */
  readonly state: Map<string, unknown>;
  /** Starts a request on the way out. The policy is decided there, not here. */
  openFetch(start: FetchStart): FetchStream;
  /** Opens a WebSocket on the same way out. */
  openWebSocket(start: WebSocketStart): WebSocketStream;
  /** Has the embedder work on its files, where it gave any. */
  openFiles?(request: FilesRequest): FilesExchange;
  /** Has the browser of this run do something, where it has one. */
  openBrowser?: OpenBrowser;
  /**
   * Adds milliseconds of CPU time that the host spent on the guest's account to the run's own.
   * Passing `limits.cpuTimeMs` so ends the run as its own work would.
   */
  charge(ms: number): void;
}

/** What crosses: JSON text and at most one buffer, each already within the run's payload limit. */
export interface BridgeValue {
  json?: unknown;
  bytes?: Uint8Array;
}

export type AsyncMethod = (context: RunContext, value: BridgeValue) => Promise<BridgeValue>;
export type SyncMethod = (context: RunContext, value: BridgeValue) => BridgeValue;

/**
 * The host half of what a guest may call. A method that fails throws a {@link GuestFault}: the
 * guest sees its name and message and nothing else; any other error becomes a plain `Error` there.
 */
export interface Capability {
  readonly name: string;
  readonly async?: Record<string, AsyncMethod>;
  readonly sync?: Record<string, SyncMethod>;
  /** Methods that do not count against `limits.bridgeCalls` (the pieces of one stream, a timer). */
  readonly uncounted?: readonly string[];
}

/** An error that is meant for the guest: thrown there as the built-in or DOMException of this name. */
export class GuestFault extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
