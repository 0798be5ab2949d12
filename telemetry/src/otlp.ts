import type { SpanEmitter } from './span-emitter.ts';

/** What sends finished runs somewhere. */
export interface RunExporter extends SpanEmitter {
  shutdown(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the environment names a collector for traces. */
export function hasCollector(env: Environment = process.env): boolean {
  if (env.OTEL_SDK_DISABLED === 'true') return false;
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
}

/** Without an address for logs the SDK would send them to localhost, where nobody may listen. */
function hasLogCollector(env: Environment = process.env): boolean {
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_LOGS_ENDPOINT);
}

/**
 * Starts OpenTelemetry's SDK, which reads the `OTEL_*` variables itself. Loaded only here, and only
 * where there is a collector: it costs 34 MB.
 */
export async function startOtlp(serviceName: string): Promise<RunExporter> {
  const [{ NodeSDK }, { createSpanEmitter, ChosenIds }, api] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('./span-emitter.ts'),
    import('@opentelemetry/api'),
  ]);
  const ids = new ChosenIds();
  const sdk = new NodeSDK({
    serviceName,
    idGenerator: ids,
    // Metrics are read at /metrics; a second path for them would count everything twice.
    metricReaders: [],
    ...(hasLogCollector() ? {} : { logRecordProcessors: [] }),
  });
  sdk.start();
  return {
    ...createSpanEmitter(ids),
    async shutdown() {
      await sdk.shutdown();
      for (const part of [api.trace, api.logs, api.context, api.propagation]) part.disable();
    },
  };
}
