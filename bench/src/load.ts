import autocannon from 'autocannon';
import type { Contender } from './contender.ts';

const CONNECTIONS = 20;

/** Requests each second at 20 connections; every answer has to be a success. */
export async function throughput(
  target: NonNullable<Contender['load']>,
  seconds: number,
): Promise<number> {
  const result = await autocannon({
    url: target.url,
    method: 'POST',
    headers: { ...target.headers, 'content-type': 'application/json' },
    ...(target.body === undefined ? {} : { body: target.body }),
    connections: CONNECTIONS,
    duration: seconds,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${target.url}: ${result.non2xx} answers were no success, ${result.errors} errors`,
    );
  }
  return result.requests.average;
}
