import type { NetworkGroup } from '../bridge/network/guest.ts';
import type { PortGroup } from '../bridge/port/guest/port.ts';
import type { ServerGroup } from '../bridge/server/guest.ts';
import type { ServerHooks } from '../bridge/server/guest/host.ts';
import type { TellGuest } from '../bridge/server/guest/open.ts';

/**
 * How a realm is kept as a runtime: what the host gives `openRuntime` and gets from it, and what
 * core and the group `modules` are to one another (group `port`: bridge/port/guest/port.ts).
 * Everything here lives in the attacker's realm; objects are without prototypes.
 */

/** Given by the host when it opens a runtime in a booted realm, before any guest code. */
export interface RuntimeHooks {
  /** Sends one frame's text to the embedder. Fire and forget; each call costs a crossing. */
  post(text: string, number?: number): void;
  /** Reports how an evaluation ended, field by field as of `RunOutcome`. */
  done(evalId: number, ...outcome: (string | undefined)[]): void;
  console: boolean;
  /** The guest is a worker: it has `NETWORK`, and its console does nothing. */
  network: boolean;
  /**
   * Evaluations end as runs do: with all exports, which have to be plain data, or with an error that
   * nobody caught. The one of id 0 is a prefix, whose exports are nobody's.
   */
  asRun: boolean;
  /** Bytes that the JSON text of an eval's value may have. */
  outputBytes: number;
  /** What the guest has beside its preset: the JSON text of `Feature[]`. */
  features: string;
  /** Its embedders come and go: see {@link GuestSession}. */
  session: boolean;
  /** Of a guest that serves: takes what that tells of requests and connections (bridge/server). */
  tell?: ServerHooks['tell'];
}

/** What the host keeps of a runtime. None of these throws, and none says anything by its result. */
export interface GuestRuntime {
  /**
   * Adds modules, as the JSON text of a `ModuleHead[]`, and in the same order their code, or the
   * function that it comes to.
   */
  add(heads: string, ...codes: (string | Function)[]): void;
  /**
   * Evaluates modules: ids as JSON text, whose last is the entry; with `tests` it runs those that they
   * register. Reports by `done`.
   */
  evaluate(evalId: number, order: string, tests?: boolean): void;
  /** Handles frames of the embedder. */
  deliver(...texts: string[]): void;
  /** The host has passed on so many UTF-16 units of the texts given to `post`. */
  sent(units: number): void;
  /** Of a guest that serves. */
  server?: TellGuest;
}

/** What the host keeps of a session beside that. */
export interface GuestSession extends GuestRuntime {
  /**
   * Somebody is there, whose frames have this number; the names of tools and the features are JSON
   * texts. Features that the guest has already stay as they are.
   */
  attach(number: number, console: boolean, tools: string, features: string): void;
  /** Nobody is there. */
  detach(): void;
}

/** One module as the keeper describes it; its code comes beside it. */
export interface ModuleHead {
  id: number;
  /**
   * `sync`: the code is a generator function that yields once between linking and its body. `async`:
   * an async function that awaits its gate there. `cjs`: the
   * function of CommonJS. `json`: the code is JSON text. `platform`: the
   * loader has the module itself.
   */
  kind: 'sync' | 'async' | 'cjs' | 'json' | 'platform';
  /** The code was written out for async context. */
  asyncContext: boolean;
  /** An eval's own code: nobody can import it. */
  isEntry: boolean;
  /** The name that stack traces have for it. */
  sourceUrl: string;
  meta: { url: string; filename: string; dirname: string };
  /** Which module each specifier of a static import is. */
  deps: [specifier: string, id: number][];
  /** Of CommonJS: which module each name that it may require is, or why there is none. */
  requires?: [specifier: string, id: number | string][];
  /** Names that the module exports itself. */
  own: string[];
  /** Names that it has from others by `export *`: from which module, and their name there. */
  star: [name: string, id: number, nameThere: string][];
}

/** What group `modules` exports. */
export interface ModulesGroup {
  open(options: ModulesOptions): Pick<GuestRuntime, 'add' | 'evaluate'>;
}

export interface ModulesOptions {
  /** Told how an evaluation ended: with the entry's namespace, or with what was thrown. */
  settled(evalId: number, failed: boolean, result: unknown): void;
}

/** What the host gets for `openRuntime`. */
export interface RuntimeOpener {
  /** `tools` is the JSON text of their names. */
  openRuntime(hooks: RuntimeHooks, tools: string): GuestRuntime;
}

export type { NetworkGroup, PortGroup, ServerGroup };
