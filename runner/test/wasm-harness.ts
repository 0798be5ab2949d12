import { createHash, randomUUID } from 'node:crypto';
import { resolveLimits, type Limits, type LogLine, type WasmCall } from '@cofferdam/protocol';
import { noFetch } from '../src/bridge/fetch/none.ts';
import type { Engine, Outcome } from '../src/engines/engine.ts';

export interface WasmRunOptions {
  call?: Omit<WasmCall, 'digest'>;
  limits?: Partial<Limits>;
  signal?: AbortSignal;
  onLog?: (line: LogLine) => void;
}

/** Runs a module on a real engine. */
export function runModule(
  engine: Engine,
  bytes: Uint8Array,
  { call = {}, limits, signal, onLog }: WasmRunOptions = {},
): Promise<Outcome> {
  return engine.run({
    request: {
      runId: `r-${randomUUID()}`,
      tenant: 'test',
      name: 'test',
      engine: 'wasm',
      preset: 'compute',
      reuse: 'none',
      limits: resolveLimits(limits),
      wasm: { digest: digestOf(bytes), ...call },
    },
    wasmBytes: bytes,
    signal: signal ?? new AbortController().signal,
    ...(onLog ? { onLog } : {}),
    openFetch: noFetch,
    openWebSocket: noFetch,
  });
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
