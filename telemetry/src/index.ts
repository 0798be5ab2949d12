export type { FinishedRun, FinishedSpan } from './finished-run.ts';
export type { EgressDecision, Metrics } from './metrics.ts';
export { createTelemetry, type Telemetry } from './telemetry.ts';
export { formatTraceparent, newSpanId, newTraceIds, type TraceIds } from './traceparent.ts';
