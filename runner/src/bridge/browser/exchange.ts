import type { BrowserAnswer, BrowserCall } from '@cofferdam/protocol';

/** One call of a guest's browser under way, from the guest's process towards whoever has the browser. */
export interface BrowserExchange {
  readonly answer: Promise<BrowserAnswer>;
  /** The bytes of the answer's value. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The bytes of the arguments. */
  write(bytes: Uint8Array): Promise<void>;
  endWrite(): void;
  abort(): void;
}

/** Has a browser do something. */
export type OpenBrowser = (call: BrowserCall) => BrowserExchange;
