import type { Span } from '@cofferdam/protocol';
import type { InsideOutcome } from './messages.ts';

const MAX_FETCH_SPANS = 64;

/** The spans of what happened inside: taking an isolate, running, and each request on the way out. */
export function spansOf({ times, fetches, warm, cpuTimeMs, bridgeCalls }: InsideOutcome): Span[] {
  const execute = 1;
  return [
    {
      name: 'isolate',
      start: times.taken,
      end: times.began,
      parent: -1,
      attributes: { 'cofferdam.warm': warm },
    },
    {
      name: 'execute',
      start: times.began,
      end: times.ended,
      parent: -1,
      attributes: { 'cofferdam.cpu_time_ms': cpuTimeMs, 'cofferdam.bridge_calls': bridgeCalls },
    },
    ...fetches.slice(0, MAX_FETCH_SPANS).map(({ host, start, end, status, error }): Span => ({
      name: 'fetch',
      start,
      end,
      parent: execute,
      ...(error === undefined ? {} : { error }),
      attributes: {
        'server.address': host,
        ...(status === undefined ? {} : { 'http.response.status_code': status }),
      },
    })),
  ];
}
