import type { FinishedRun, LateSpans } from './finished-run.ts';
import { createMetrics } from './gateway-metrics.ts';
import type { Metrics } from './metrics.ts';
import { hasCollector, startOtlp, type RunExporter } from './otlp.ts';

export interface Telemetry {
  metrics: Metrics;
  /** Whether traces leave this process (an OTLP endpoint is set). */
  readonly exporting: boolean;
  /** Emits a finished run as spans and log records. Never throws. */
  recordRun(run: FinishedRun): void;
  /** Emits spans of a trace that is longer than what is recorded of it at once. Never throws. */
  recordSpans(late: LateSpans): void;
  /** Sends what waits, then ends. A collector that does not answer is given up on. */
  shutdown(): Promise<void>;
}

export interface TelemetryConfig {
  /** `service.name` of the traces. Default `cofferdam-gateway`; OTEL_SERVICE_NAME goes before both. */
  serviceName?: string;
  /** Told what went wrong with telemetry itself. */
  onError?: (error: unknown) => void;
}

const SHUTDOWN_MS = 5_000;

/**
 * Sets telemetry up once for a process. Traces and logs go out by OTLP where the environment names a
 * collector (OTEL_EXPORTER_OTLP_ENDPOINT, or the one for traces); OpenTelemetry is not even loaded
 * otherwise.
 */
export async function createTelemetry(config: TelemetryConfig = {}): Promise<Telemetry> {
  const onError = config.onError ?? (() => {});
  const serviceName = process.env.OTEL_SERVICE_NAME || config.serviceName || 'cofferdam-gateway';
  const exporter = hasCollector() ? await startOtlp(serviceName) : undefined;
  return {
    metrics: createMetrics(),
    exporting: exporter !== undefined,
    recordRun(run: FinishedRun) {
      try {
        exporter?.emitRun(run);
      } catch (error) {
        onError(error);
      }
    },
    recordSpans(late: LateSpans) {
      try {
        exporter?.emitSpans(late);
      } catch (error) {
        onError(error);
      }
    },
    shutdown: () => shutDown(exporter, onError),
  };
}

async function shutDown(
  exporter: RunExporter | undefined,
  onError: (error: unknown) => void,
): Promise<void> {
  if (!exporter) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, SHUTDOWN_MS);
  try {
    await Promise.race([exporter.shutdown(), late]);
  } catch (error) {
    onError(error);
  } finally {
    clearTimeout(timer);
  }
}
