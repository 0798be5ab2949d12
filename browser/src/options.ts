import type { BrowserContext, Page } from 'playwright-core';
import type { BrowserEvent } from './collected.ts';
import type { BrowserLimits } from './limits.ts';
import type { InputFile, ProfileMode } from './types.ts';

type Awaitable<T> = T | Promise<T>;

/** Where the paths that a guest says lead; there is no other way from a guest to a file. */
export interface BrowserFiles {
  readFile?(path: string): Promise<Uint8Array | InputFile>;
  /** Makes the folders that it needs. */
  writeFile?(path: string, data: Uint8Array): Promise<void>;
  /** Without it files of a profile that are no more stay. */
  removeFile?(path: string): Promise<void>;
}

export interface ProfilesOptions {
  /** What `newContext({ profile: 'id' })` opens. Default `storage`. */
  defaultMode?: ProfileMode | undefined;
  /** The folder of the files binding that has the profiles. Default `/browser-profiles`. */
  root?: string | undefined;
  /** A profile is open for one context at a time among the sessions that have the same object here. */
  sharedBy?: object | undefined;
}

export interface BrowserSessionOptions {
  createContext?(options: Record<string, unknown> | undefined): Awaitable<BrowserContext>;
  /** Opens a profile in a folder of this machine. */
  createPersistentContext?(
    userDataDir: string,
    options: Record<string, unknown> | undefined,
  ): Awaitable<BrowserContext>;
  /** Default: the context's `newPage()`. */
  createPage?(context: BrowserContext): Awaitable<Page>;
  /** Default: the context's `close()`. */
  closeContext?(context: BrowserContext): Awaitable<void>;
  files?: BrowserFiles | undefined;
  /** Without it there are no profiles. */
  profiles?: ProfilesOptions | undefined;
  /** Milliseconds that an operation of a page may take that says nothing else. Default: Playwright's 30 s. */
  timeout?: number | undefined;
  /** What pages write, throw and ask of the network. */
  onEvent?(event: BrowserEvent): void;
  limits?: Partial<BrowserLimits>;
}
