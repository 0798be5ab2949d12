import type { FetchHead } from '@cofferdam/protocol';

export type { FetchHead, FetchStart } from '@cofferdam/protocol';

/** One request under way, from the guest's process towards egress. */
export type FetchStream = Exchange<FetchHead>;

/** Bytes both ways with something outside, after a head that says how it answered. */
export interface Exchange<Head> {
  /** Rejects with a CofferdamError of the EGRESS_ codes. */
  readonly head: Promise<Head>;
  readonly body: AsyncIterable<Uint8Array>;
  /** The body, where all of it is here already; there is nothing left of it then. */
  whole?(): Uint8Array | undefined;
  write(bytes: Uint8Array): Promise<void>;
  endWrite(): void;
  abort(): void;
}
