import type {
  BrowserEvent,
  BrowserHandlerAnswer,
  BrowserHandlerCall,
  CollectedData,
  InputFile,
  ProfileMode,
} from '@cofferdam/browser/types';
import type { HostCallContext } from '../../types.ts';

type Awaitable<T> = T | Promise<T>;

/** What happens in the pages of a guest: what they write and throw, and what they ask of the network. */
export type PlaywrightEvent = BrowserEvent;
/** What happened in the pages of a guest, of each kind the last 1,000. */
export type PlaywrightCollectedData = CollectedData;
/** A file as `setInputFiles` takes it. */
export type PlaywrightFileData = InputFile;

/** Where browser profiles of a guest are kept. */
export interface BrowserProfiles {
  /**
   * What `newContext({ profile: 'id' })` opens. `storage`: cookies and storage, in a context like any other.
   * `persistent`: all that sites have stored, in a browser of its own (`createPersistentContext`). Default `storage`.
   */
  defaultMode?: ProfileMode;
  /** The folder of the files binding that has them. Default `/browser-profiles`. */
  root?: string;
}

/** Makes contexts and pages, with Playwright, for a guest that asks for them. */
export interface BrowserFactories {
  /** Opens a context: `browser.newContext(options)`. The options are those that a guest may give. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Playwright's, of any version
  createContext?(options?: any): Awaitable<object>;
  /** Opens a profile in a folder of this machine: `chromium.launchPersistentContext(userDataDir, options)`. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  createPersistentContext?(userDataDir: string, options?: any): Awaitable<object>;
  /** Opens a page of a context. Default: its `newPage()`. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  createPage?(context: any): Awaitable<object>;
  /** Reads what a guest names by a path, as for `setInputFiles`. Default: the files binding. */
  readFile?(path: string): Awaitable<Uint8Array | ArrayBuffer | PlaywrightFileData>;
  /** Writes what a guest wants at a path, as a screenshot. Default: the files binding. */
  writeFile?(path: string, data: Buffer): Awaitable<void>;
  /** Without it guests have no profiles. They need the files binding, or `readFile` and `writeFile`. */
  profiles?: boolean | BrowserProfiles;
}

/** Has a guest use a browser, whose contexts are closed with its runtime. */
export interface FactoryBrowserBindings extends BrowserFactories {
  handler?: undefined;
  /** Hands what pages write with `console` to `bindings.console.onEntry`, as `browserOutput`. Default false. */
  captureConsole?: boolean;
  /** Told what happens in the guest's pages. Best effort: what it throws becomes a warning. */
  onEvent?(event: PlaywrightEvent): void;
}

/** Answers each call of a guest's browser. */
export type PlaywrightHandler = (
  call: BrowserHandlerCall,
  context: HostCallContext,
) => Promise<BrowserHandlerAnswer>;

/** Has a guest use a browser through a handler, whose contexts outlive its runtime. */
export interface HandlerBrowserBindings {
  /** Usually that of `createPlaywrightSessionHandler()`. */
  handler: PlaywrightHandler;
  /** As with factories; it needs a handler of `createPlaywrightSessionHandler()`. */
  captureConsole?: boolean;
  /** As with factories; it needs a handler of `createPlaywrightSessionHandler()`. */
  onEvent?(event: PlaywrightEvent): void;
}

/** A browser for a guest, in one of two forms. */
export type BrowserBindings = FactoryBrowserBindings | HandlerBrowserBindings;
