import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  status: number;
  /** The body, or why there was none. */
  text: string;
}

/** Requests that go on until they are told to stop. */
export interface Load {
  /** How many were answered with success so far. */
  readonly succeeded: number;
  /** Resolves when so many more have succeeded. */
  more(count: number): Promise<void>;
  /** Ends it; answers every request that did not succeed. */
  stop(): Promise<Answer[]>;
}

/** Keeps so many requests under way, each as soon as the one before it was answered. */
export function load(workers: number, request: () => Promise<Answer>): Load {
  const failures: Answer[] = [];
  const stop = new AbortController();
  const seen = { succeeded: 0 };
  const work = async () => {
    while (!stop.signal.aborted) {
      // eslint-disable-next-line no-await-in-loop -- one after the other is what a worker does
      const answer = await request().catch((error: unknown) => ({
        status: 0,
        text: String(error),
      }));
      if (answer.status === 200) seen.succeeded++;
      else failures.push(answer);
    }
  };
  const all = Array.from({ length: workers }, work);
  return {
    get succeeded() {
      return seen.succeeded;
    },
    async more(count) {
      const goal = seen.succeeded + count;
      // eslint-disable-next-line no-await-in-loop -- looks now and then
      for (; seen.succeeded < goal;) await sleep(50);
    },
    async stop() {
      stop.abort();
      await Promise.all(all);
      return failures;
    },
  };
}
