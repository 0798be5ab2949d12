import { CofferdamError } from '@cofferdam/protocol/base';
import type { FetchHead, FetchStream } from './stream.ts';

/** What a run without a ticket gets: a request that was refused before it began. */
export function noFetch(): FetchStream {
  const error = new CofferdamError('EGRESS_DENIED', 'this run has no permission to fetch anything');
  const head = Promise.reject<FetchHead>(error);
  head.catch(() => {});
  return {
    head,
    body: {
      // eslint-disable-next-line require-yield -- a body that fails at once yields nothing
      async *[Symbol.asyncIterator]() {
        throw error;
      },
    },
    write: () => Promise.reject(error),
    endWrite: () => {},
    abort: () => {},
  };
}
