import { CofferdamError } from '@cofferdam/protocol/base';
import type { Exchange } from './stream.ts';

/** What a run without a ticket gets: a request, or a WebSocket, that was refused before it began. */
export function noFetch(): Exchange<never> {
  return refused('this run has no permission to fetch anything');
}

/** An exchange that was refused before it began. */
export function refused(why: string): Exchange<never> {
  const error = new CofferdamError('EGRESS_DENIED', why);
  const head = Promise.reject<never>(error);
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
