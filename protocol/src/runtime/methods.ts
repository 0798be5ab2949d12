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
  /** Embedder → keeper, `EvalRequest` → `EvalOutcome`. Cancelling it ends the whole runtime. */
  eval: 'runtime.eval',
  /** Embedder → keeper, `{ runtimeId }` → `RuntimeFigures`. */
  figures: 'runtime.figures',
  /** Keeper → embedder, `ModulesQuery` → `ModulesAnswer`. */
  modules: 'binding.modules',
  /** Keeper → embedder, `SourcesQuery`; the texts follow as data, the answer is `SourcesAnswer`. */
  sources: 'binding.sources',
  /** Keeper → embedder, `FetchStart` and `runtimeId`, with streams and events as of egress's `fetch`. */
  fetch: 'binding.fetch',
  /** Keeper → embedder, `FilesQuery`, with bytes both ways, → `FilesAnswer`. */
  files: 'binding.files',
} as const;

/** The largest message on a port, in bytes of UTF-8. A message is its length (u32) and JSON text. */
export const MAX_PORT_MESSAGE_BYTES = 16 * 1024 * 1024;
