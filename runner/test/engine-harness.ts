import { randomUUID } from 'node:crypto';
import { resolveLimits, type Limits, type LogLine, type RunRequest } from '@cofferdam/protocol';
import { noFetch } from '../src/bridge/fetch/none.ts';
import type { FetchStart, FetchStream } from '../src/bridge/fetch/stream.ts';
import type { WebSocketStart, WebSocketStream } from '../src/bridge/websocket/stream.ts';
import { compile } from '../src/compiler/compile.ts';
import type { Engine, Outcome } from '../src/engines/engine.ts';

export interface RunOptions {
  request?: Partial<RunRequest>;
  limits?: Partial<Limits>;
  signal?: AbortSignal;
  onLog?: (line: LogLine) => void;
  openFetch?: (start: FetchStart) => FetchStream;
  openWebSocket?: (start: WebSocketStart) => WebSocketStream;
}

/** Compiles a source here and runs it on a real engine. */
export async function runOn(
  engine: Engine,
  code: string,
  options: RunOptions = {},
): Promise<Outcome> {
  const compiled = compile({ code, language: 'auto', digest: digestOf(code) });
  if (!compiled.ok) throw new SyntaxError(compiled.error.message);
  const request: RunRequest = {
    runId: `r-${randomUUID()}`,
    tenant: 'test',
    name: 'test',
    engine: 'isolate',
    preset: 'compute',
    reuse: 'none',
    limits: resolveLimits(options.limits),
    ...options.request,
  };
  return engine.run({
    request,
    source: compiled.source,
    signal: options.signal ?? new AbortController().signal,
    ...(options.onLog ? { onLog: options.onLog } : {}),
    openFetch: options.openFetch ?? noFetch,
    openWebSocket: options.openWebSocket ?? noFetch,
  });
}

/** Any 64 hexadecimal digits that differ where sources differ. */
function digestOf(code: string): string {
  return Buffer.from(code).toString('hex').slice(-64).padStart(64, '0');
}

export function valueOf(outcome: Outcome): unknown {
  if (outcome.exitReason !== 'Completed') {
    throw new Error(`${outcome.exitReason}: ${JSON.stringify(outcome.error)}`);
  }
  return outcome.value === undefined ? undefined : (JSON.parse(outcome.value) as unknown);
}
