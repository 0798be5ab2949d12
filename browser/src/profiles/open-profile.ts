import type { BrowserContext } from 'playwright-core';

/** A profile that a context has open. Nobody else has until one of the ends. */
export interface OpenProfile {
  /** What a context without a folder begins with. */
  storageState?: { storageState: object } | undefined;
  /** The folder of a persistent context. */
  userDataDir?: string | undefined;
  /** Both together keep the profile. Reject with a `ProfileError` where it cannot be kept. */
  beforeClose(context: BrowserContext): Promise<void>;
  afterClose(): Promise<void>;
  /** Keeps nothing. */
  abandon(): Promise<void>;
}
