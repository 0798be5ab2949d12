import type { Engine, ExitReason } from '@cofferdam/protocol';

/** `denied` by a policy or budget; `failed` on the way. */
export type EgressDecision = 'allowed' | 'denied' | 'failed';

/** The metrics of a gateway. Every label is of a small closed set. */
export interface Metrics {
  runFinished(run: {
    engine: Engine;
    exitReason: ExitReason;
    trigger: 'http' | 'schedule' | 'manual';
    durationMs: number;
  }): void;
  /** `route` is the pattern of the route, never the path that was asked for. */
  httpRequest(request: { route: string; method: string; status: number; durationMs: number }): void;
  /** Requests of one run by what became of them. */
  egressRequests(decisions: Readonly<Record<EgressDecision, number>>): void;
  /** Read whenever the metrics are. */
  observe(read: () => GaugeReadings): void;
  /** The Prometheus text exposition. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface GaugeReadings {
  active: number;
  queued: number;
  runners: { unbound: number; bound: number; expected: number };
  /** Prepared isolates and processes, as runners last said. */
  spares: number;
}
