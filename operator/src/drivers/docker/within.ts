import { CofferdamError } from '@cofferdam/protocol';

/**
 * What an engine answers, if it does so in time. The client library waits for ever for the rest of an
 * answer whose connection broke in the middle of it, as when the engine is restarted.
 */
export async function within<T>(
  ms: number,
  act: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new CofferdamError('UNAVAILABLE', `the Docker engine did not answer within ${ms} ms`));
    late.abort();
  }, ms);
  try {
    return await Promise.race([act(late.signal), promise]);
  } finally {
    clearTimeout(timer);
  }
}
