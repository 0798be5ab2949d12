import { MetricsRegistry } from './exposition.ts';
import type { GaugeReadings, Metrics } from './metrics.ts';

/** Seconds: from a tenth of what a fresh isolate takes to the longest run that is allowed. */
const RUN_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300,
];
const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5, 30];

const NOTHING: GaugeReadings = {
  active: 0,
  queued: 0,
  runners: { unbound: 0, bound: 0, expected: 0 },
  spares: 0,
};

export function createMetrics(): Metrics {
  const registry = new MetricsRegistry();
  const runs = registry.counter('cofferdam_runs_total', 'Runs that ended.');
  const runSeconds = registry.histogram(
    'cofferdam_run_duration_seconds',
    'From the arrival of a run to its end, queueing included.',
    RUN_BUCKETS,
  );
  const requests = registry.counter('cofferdam_http_requests_total', 'HTTP requests answered.');
  const requestSeconds = registry.histogram(
    'cofferdam_http_request_duration_seconds',
    'From the arrival of a request to the end of its answer.',
    HTTP_BUCKETS,
  );
  const egress = registry.counter('cofferdam_egress_requests_total', 'Requests of guests.');
  const gauges = registerGauges(registry);
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    runFinished({ engine, exitReason, trigger, durationMs }) {
      runs.add({ engine, exit_reason: exitReason, trigger });
      runSeconds.observe({ engine }, durationMs / 1000);
    },
    httpRequest({ route, method, status, durationMs }) {
      requests.add({ route, method, status: String(status) });
      requestSeconds.observe({ route }, durationMs / 1000);
    },
    egressRequests(decisions) {
      for (const [decision, count] of Object.entries(decisions)) {
        if (count > 0) egress.add({ decision }, count);
      }
    },
    observe: (read) => void (gauges.read = read),
    text: () => Promise.resolve(registry.text()),
  };
}

function registerGauges(registry: MetricsRegistry): { read: () => GaugeReadings } {
  const source = { read: () => NOTHING };
  registry.gauge('cofferdam_active_runs', 'Runs under way.', () => [[{}, source.read().active]]);
  registry.gauge('cofferdam_queued_runs', 'Runs that wait for admission.', () => [
    [{}, source.read().queued],
  ]);
  registry.gauge('cofferdam_runners', 'Runners by state.', () =>
    Object.entries(source.read().runners).map(([state, count]) => [{ state }, count]),
  );
  registry.gauge('cofferdam_spare_isolates', 'Prepared isolates and processes.', () => [
    [{}, source.read().spares],
  ]);
  return source;
}
