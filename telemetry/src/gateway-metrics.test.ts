import { describe, expect, it } from 'vitest';
import { MetricsRegistry } from './exposition.ts';
import { createMetrics } from './gateway-metrics.ts';

describe('metrics', () => {
  it('count runs, requests and egress', async () => {
    const metrics = createMetrics();
    const run = { engine: 'isolate', exitReason: 'Completed', trigger: 'http' } as const;
    metrics.runFinished({ ...run, durationMs: 3 });
    metrics.runFinished({ ...run, durationMs: 700 });
    metrics.runFinished({ ...run, exitReason: 'CpuTime', durationMs: 1_000_000 });
    metrics.httpRequest({ route: '/execute', method: 'POST', status: 200, durationMs: 4 });
    metrics.egressRequests({ allowed: 0, denied: 2, failed: 0 });
    const lines = (await metrics.text()).split('\n');
    const expected = [
      'cofferdam_runs_total{engine="isolate",exit_reason="Completed",trigger="http"} 2',
      'cofferdam_runs_total{engine="isolate",exit_reason="CpuTime",trigger="http"} 1',
      'cofferdam_run_duration_seconds_bucket{engine="isolate",le="0.0025"} 0',
      'cofferdam_run_duration_seconds_bucket{engine="isolate",le="0.005"} 1',
      'cofferdam_run_duration_seconds_bucket{engine="isolate",le="300"} 2',
      'cofferdam_run_duration_seconds_bucket{engine="isolate",le="+Inf"} 3',
      'cofferdam_run_duration_seconds_sum{engine="isolate"} 1000.703',
      'cofferdam_run_duration_seconds_count{engine="isolate"} 3',
      'cofferdam_http_requests_total{route="/execute",method="POST",status="200"} 1',
      'cofferdam_egress_requests_total{decision="denied"} 2',
    ];
    for (const line of expected) expect(lines).toContain(line);
  });

  it('read gauges when they are read', async () => {
    const metrics = createMetrics();
    let active = 1;
    const runners = { unbound: 1, bound: 2, expected: 0 };
    metrics.observe(() => ({ active, queued: 4, runners, spares: 6 }));
    active = 3;
    const text = await metrics.text();
    expect(text).toContain('# TYPE cofferdam_active_runs gauge\ncofferdam_active_runs 3\n');
    expect(text).toContain('cofferdam_runners{state="bound"} 2\n');
    expect(text).toContain('cofferdam_spare_isolates 6\n');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('escape what a label holds', () => {
    const registry = new MetricsRegistry();
    registry.counter('a', 'b').add({ l: 'x"y\\z\nw' });
    expect(registry.text()).toContain('a{l="x\\"y\\\\z\\nw"} 1\n');
  });

  it('keep a bounded number of series', () => {
    const registry = new MetricsRegistry();
    const counter = registry.counter('a', 'b');
    for (let value = 0; value < 5_000; value++) counter.add({ l: String(value) });
    counter.add({ l: '0' });
    const lines = registry.text().split('\n');
    expect(lines.length).toBeLessThan(2_010);
    expect(lines).toContain('a{l="0"} 2');
  });
});
