import autocannon from 'autocannon';
import { ANSWER } from './workload.ts';

/** Requests under way at once. */
export const CONCURRENCY = 32;

/** How often a second something is done, with so many under way at once. */
export async function rateOf(once: () => Promise<void>, seconds: number): Promise<number> {
  const began = performance.now();
  const until = began + seconds * 1_000;
  let done = 0;
  const asker = async () => {
    while (performance.now() < until) {
      // eslint-disable-next-line no-await-in-loop -- each asks one after the other
      await once();
      done++;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, asker));
  return done / ((performance.now() - began) / 1_000);
}

/** The same over HTTP by the fastest client, on connections that are kept; each answer is checked. */
export async function httpRate(url: string, seconds: number): Promise<number> {
  const options = { url, connections: CONCURRENCY, duration: seconds, expectBody: ANSWER };
  const { errors, mismatches, non2xx, ...result } = await autocannon(options);
  if (errors + mismatches + non2xx > 0) {
    throw new Error(`${url}: ${errors} errors, ${non2xx} no success, ${mismatches} wrong answers`);
  }
  return result['2xx'] / result.duration;
}
