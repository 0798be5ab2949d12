import type { capturePrimordials } from './primordials.ts';
import type { Failure } from './failure.ts';
import type { GroupName } from './presets.ts';

/**
 * What guest-side platform code may use. It runs in the attacker's realm: everything here was
 * captured before any guest code ran, and the host functions stay inside closures.
 */
export interface GuestCore {
  readonly primordials: Primordials;
  /** Asks the host and waits: at most one buffer each way. Rejects with what the host said. */
  hostCall(
    capability: string,
    method: string,
    json?: unknown,
    bytes?: ArrayBuffer,
  ): Promise<HostAnswer>;
  /** Asks the host and blocks the guest (about 50 µs). Throws what the host said. */
  hostCallSync(capability: string, method: string, json?: unknown, bytes?: ArrayBuffer): HostAnswer;
  /** Another group's exports, evaluating it on first use. */
  use<T = Record<string, any>>(group: GroupName): T;
  /** Another group's exports if something has used it already. */
  loaded<T = Record<string, any>>(group: GroupName): T | undefined;
  /** Whether the preset has a group's globals. */
  offers(group: GroupName): boolean;
  /**
   * A guest's callback that the platform will call later, to be called in the async context of now;
   * as it is until the group `async-context` replaces this. With a type it is an operation that
   * async hooks hear of, and of its end when it is called only once.
   */
  carry<F extends Function>(callback: F, type?: string, isOnce?: boolean): F;
  /** The request that the running code serves, where the group `server` knows of one. */
  requestId?: () => string | undefined;
  /** Anything that was thrown as texts, cut to size, its stack without the platform's frames. Never throws. */
  describeError(thrown: unknown): Failure;
  /** A value as `console.log` shows it. */
  inspect(value: unknown): string;
  /** Ends the run with an exception that no caller of the guest's can catch (a timer's callback). */
  fail(error: unknown): void;
}

export interface HostAnswer {
  json: any;
  bytes: ArrayBuffer | undefined;
}

/** Intrinsics captured at bootstrap, as uncurried functions where they are methods. */
export type Primordials = ReturnType<typeof capturePrimordials>;

/** A group of globals: evaluated when one of its names is first touched. */
export type GuestGroup = (core: GuestCore) => Record<string, unknown>;
