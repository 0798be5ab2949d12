import type { GuestError, ExitReason, LogLine, RunRequest, Span } from '@cofferdam/protocol';
import type { OpenBrowser } from '../bridge/browser/exchange.ts';
import type { FetchStart, FetchStream } from '../bridge/fetch/stream.ts';
import type { WebSocketStart, WebSocketStream } from '../bridge/websocket/stream.ts';

/** A script after the compiler: JavaScript, in one of two forms. */
export interface CompiledSource {
  /** SHA-256 of the source text and the options that change its meaning, in hexadecimal. */
  digest: string;
  /**
   * `code` is the text of one unparenthesised `async function (input, env) { … }` expression in
   * both forms. `body`: it returns the result. `module`: an ES module made into such a function,
   * which returns its exports as one null-prototype object (`default` among them).
   */
  form: 'body' | 'module';
  code: string;
  /** A source map (JSON text) where the code is not the source verbatim. */
  map?: string;
  /** The source's own file name for stack traces, such as `script.ts`. */
  fileName: string;
}

/** One run, as an engine gets it: checked, compiled, and with nothing left to decide. */
export interface Job {
  request: RunRequest;
  /** Absent for engine wasm. */
  source?: CompiledSource;
  /** The module's bytes, for engine wasm. */
  wasmBytes?: Uint8Array;
  /** Aborted when the caller cancels. */
  signal: AbortSignal;
  /** Console lines as they come; the engine also returns them all. */
  onLog?: (line: LogLine) => void;
  openFetch(start: FetchStart): FetchStream;
  openWebSocket(start: WebSocketStart): WebSocketStream;
  /** Of a run that may have a browser. */
  openBrowser?: OpenBrowser;
}

/** How a job ended. Every engine answers the same, so that one conformance suite fits them. */
export interface Outcome {
  exitReason: ExitReason;
  value?: string;
  exports?: string;
  error?: GuestError;
  logs: LogLine[];
  logsCut: boolean;
  stubs?: string[];
  cpuTimeMs: number;
  memoryBytes?: number;
  bridgeCalls: number;
  outputBytes: number;
  warm: boolean;
  attempts: 1 | 2;
  /** Parents are indices into this list, -1 for the run. */
  spans: Span[];
}

export interface EngineStats {
  active: number;
  spare: number;
  processes: { pid: number; role: string; rssBytes: number; active: number }[];
  /** Since the start. */
  completed: number;
  killed: number;
}

export interface Engine {
  /** Never rejects for what a guest did; rejects with a CofferdamError when no process can be had. */
  run(job: Job): Promise<Outcome>;
  stats(): EngineStats;
  close(): Promise<void>;
}
