import type { FilesAnswer, FilesQuery } from '@cofferdam/protocol';

export type FilesRequest = Omit<FilesQuery, 'runtimeId'>;

/** One operation on files under way, from the guest's process towards its embedder. */
export interface FilesExchange {
  readonly answer: Promise<FilesAnswer>;
  /** The bytes of a file that is read. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The bytes of a file that is written. */
  write(bytes: Uint8Array): Promise<void>;
  endWrite(): void;
  abort(): void;
}
