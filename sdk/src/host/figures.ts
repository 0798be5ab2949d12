import { parser, RUNTIME_METHODS, RuntimeFiguresSchema } from '@cofferdam/protocol';
import type { Connection } from '../connection/connection.ts';
import type { RuntimeDiagnostics } from '../types.ts';

/** A guest that keeps its process busy has no figures for now. */
const WITHIN_MS = 2_000;
const read = parser(RuntimeFiguresSchema, 'PROTOCOL_VIOLATION');

/** What a guest has used; nothing where that cannot be had. */
export async function guestFigures(
  connection: Connection,
  runtimeId: string,
): Promise<Partial<RuntimeDiagnostics>> {
  const release = connection.hold();
  try {
    const options = { deadlineMs: WITHIN_MS };
    const { reply } = connection.channel.call(RUNTIME_METHODS.figures, { runtimeId }, options);
    const { cpuTimeMs, heapBytes, evals, modules } = read(await reply);
    return {
      guestCpuTimeMs: cpuTimeMs,
      guestHeapBytes: heapBytes,
      guestEvals: evals,
      guestModules: modules,
    };
  } catch {
    return {};
  } finally {
    release();
  }
}
