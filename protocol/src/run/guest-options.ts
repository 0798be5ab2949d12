/** What runs a script: a V8 isolate, a Deno process, or a WebAssembly module inside an isolate. */
export const ENGINES = ['isolate', 'deno', 'wasm'] as const;
export type Engine = (typeof ENGINES)[number];

/** The host APIs that an isolate's global object has beside the language's own. */
export const PRESETS = ['minimal', 'compute', 'data', 'agent', 'web'] as const;
export type Preset = (typeof PRESETS)[number];

/** `auto` reads the source as JavaScript first and as TypeScript when that fails. */
export const LANGUAGES = ['auto', 'javascript', 'typescript'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Runs that end by themselves, tests, what answers HTTP, or a worker for each connection that drives one. */
export const SCRIPT_MODES = ['script', 'check', 'server', 'worker'] as const;
export type ScriptMode = (typeof SCRIPT_MODES)[number];

/** `none`: a fresh isolate for every run. `script`: a warm isolate of the same tenant and digest. */
export const REUSES = ['none', 'script'] as const;
export type Reuse = (typeof REUSES)[number];

export const CONSOLE_LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const;
/** How important an entry of the console is; each of `console`'s functions has one. */
export type ConsoleLevel = (typeof CONSOLE_LEVELS)[number];

/**
 * What a guest may have beside its preset, by the group of guest code that makes it. `tests`: `describe`,
 * `test`, `expect` and the hooks. `server`: `serve`. `browser`: `browser`. `host`: the module `cofferdam`, by
 * which a guest has runtimes of its own.
 */
export const FEATURES = ['tests', 'server', 'browser', 'host'] as const;

/** What a run may be beside one that only evaluates its source: `check` runs the tests that it registers. */
export const RUN_MODES = ['check'] as const;

/** What stands between a run and the machine, outermost last. */
export const LAYERS = ['isolate', 'deno', 'process', 'container', 'gvisor'] as const;
export type Layer = (typeof LAYERS)[number];

/** The largest source, in bytes of UTF-8. Client-side `kubectl apply` allows a quarter of this. */
export const MAX_CODE_BYTES = 1024 * 1024;
/** The largest `input` or `env`, in bytes of JSON. */
export const MAX_INPUT_BYTES = 1024 * 1024;
/** The largest WebAssembly module, in bytes. */
export const MAX_WASM_BYTES = 16 * 1024 * 1024;
