import { atLeast, atMost, type Target } from '../targets.ts';
import type { ServersFigures } from './bench.ts';
import type { Requests } from './requests.ts';
import type { Suite } from './suite.ts';

/** The promises of docs/benchmarks.md, each against the reference of the same run. */
export function judgeServers({ requests, sessions, suite }: ServersFigures): Target[] {
  return [
    ...(requests ? requestTargets(requests) : []),
    ...(sessions ? [atMost('a session again, p50 ms', sessions.acquire.p50, 2)] : []),
    ...(suite ? suiteTargets(suite) : []),
  ];
}

function requestTargets({ handle, fastify, fastifyByFetch }: Requests): Target[] {
  const rate = handle.perSecond!;
  return [
    atLeast('handle(): requests/s against fastify asked by fetch', rate / fastifyByFetch, 0.3),
    atLeast('the same against fastify asked by autocannon', rate / fastify.perSecond!, 0.3),
  ];
}

function suiteTargets({ warm, cold, vitest }: Suite): Target[] {
  const against = (what: string, { p50 }: { p50: number }) =>
    atMost(`1,000 tests against vitest run: ${what}, p50`, p50 / vitest.p50, 0.5);
  return [against('a daemon running', warm), against('no daemon running', cold)];
}
