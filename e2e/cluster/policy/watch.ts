import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

interface Identified {
  readonly metadata: {
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** What one kind of resource is at this moment; undefined until all of it was heard once. */
export interface Watched<T> {
  readonly current: ReadonlyMap<string, T> | undefined;
}

// The server sends the state first, then this mark, then every change.
const FROM_THE_START =
  'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const COMPLETE = 'k8s.io/initial-events-end';

/** Follows all resources under an API path for as long as the process lives, across restarts of the server. */
export function watch<T extends Identified>(path: string, changed: () => void): Watched<T> {
  const watched: { current: ReadonlyMap<string, T> | undefined } = { current: undefined };
  const follow = async (): Promise<never> => {
    for (;;) {
      const fresh = new Map<string, T>();
      for await (const line of lines(`${path}?${FROM_THE_START}`)) {
        const event = JSON.parse(line) as { type: string; object: T };
        if (event.type === 'ERROR') break;
        if (event.type === 'DELETED') fresh.delete(event.object.metadata.uid);
        else if (event.type !== 'BOOKMARK') fresh.set(event.object.metadata.uid, event.object);
        else if (event.object.metadata.annotations?.[COMPLETE] === 'true') watched.current = fresh;
        // Until the state is complete again, what was known before the connection broke is enforced.
        if (watched.current === fresh) changed();
      }
      await sleep(100);
    }
  };
  void follow();
  return watched;
}

async function* lines(path: string): AsyncIterable<string> {
  const child = spawn('kubectl', ['get', '--raw', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    yield* createInterface({ input: child.stdout, crlfDelay: Infinity });
  } finally {
    child.kill();
  }
}
