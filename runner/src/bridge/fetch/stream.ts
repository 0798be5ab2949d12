import type { FetchHead } from '@cofferdam/protocol';

export type { FetchHead, FetchStart } from '@cofferdam/protocol';

/** One request under way, from the guest's process towards egress. */
export interface FetchStream {
  /** Rejects with a CofferdamError of the EGRESS_ codes. */
  readonly head: Promise<FetchHead>;
  readonly body: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  endWrite(): void;
  abort(): void;
}
