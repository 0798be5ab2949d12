import type { Channel } from '@cofferdam/protocol';

/** A way to a keeper of runtimes. */
export interface Connection {
  readonly channel: Channel;
  /** What is at the other end, for messages: `the daemon on /run/…`. */
  readonly description: string;
  /**
   * Keeps this process from ending until it is released. Nothing else of a connection does: a host
   * that nobody waits for must not keep a program that has done its work.
   */
  hold(): () => void;
  /** Ends the connection; settles when the other side has ended it too. */
  close(): Promise<void>;
}
