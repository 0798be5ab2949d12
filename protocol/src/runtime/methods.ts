/**
 * A runtime is a stateful guest: an isolate that keeps its globals and modules between evals until
 * it is disposed of. An embedder opens it on a connection to a keeper (a daemon on its machine, or
 * a gateway, which has the runner keep it) and answers what its guest asks of it.
 */
export const RUNTIME_METHODS = {
  /**
   * Embedder → keeper, `RuntimeSpec`. The call lasts as long as the runtime: its event is
   * `RuntimeOpened`, its bytes both ways are the port between guest and embedder, its answer is a
   * `RuntimeEnd`; cancelling it disposes of the runtime.
   */
  open: 'runtime.open',
  /**
   * Embedder → keeper, `EvalRequest` → `EvalOutcome`. Its event `{ begun: true }` says that what is sent
   * on the port from here on comes after the code. Cancelling it ends the whole runtime.
   */
  eval: 'runtime.eval',
  /** Embedder → keeper, `{ runtimeId }` → `RuntimeFigures`. */
  figures: 'runtime.figures',
  /** Keeper → embedder, `ModulesQuery` → `ModulesAnswer`. */
  modules: 'binding.modules',
  /** Keeper → embedder, `SourcesQuery`; the texts follow as data, the answer is `SourcesAnswer`. */
  sources: 'binding.sources',
  /** Keeper → embedder, `FetchStart` and `runtimeId`, with streams and events as of egress's `fetch`. */
  fetch: 'binding.fetch',
  /** Keeper → embedder, `BindingWebSocket`, with streams and events as of egress's `websocket`. */
  webSocket: 'binding.websocket',
  /** Keeper → embedder, `FilesQuery`, with bytes both ways, → `FilesAnswer`. */
  files: 'binding.files',
  /** Keeper → embedder, `BindingBrowser`, with bytes both ways, → `BrowserAnswer`. */
  browser: 'binding.browser',
} as const;

/** Code that many runs share, evaluated ahead of each. See `PrefixSpec`. */
export const PREFIX_METHODS = {
  /**
   * Embedder → keeper, `PrefixSpec` with its code as data. The call lasts as long as the prefix: its
   * event is `PrefixOpened`, its answer a `PrefixEnd`; cancelling it disposes of the prefix.
   */
  open: 'prefix.open',
  /**
   * Embedder → keeper, `PrefixRun` → `PrefixOutcome`. Its event is `PrefixRunStarted`, its bytes both
   * ways are the port of this run; cancelling it ends the run.
   */
  run: 'prefix.run',
} as const;

/** The largest frame on a port, in bytes of UTF-8: its length (u32) and a JSON array of messages. */
export const MAX_PORT_MESSAGE_BYTES = 16 * 1024 * 1024;
