import { afterEach } from 'vitest';
import type { IsolateHost, NamespacedRuntime, NamespacedRuntimeOptions } from '../src/index.ts';
import { ownDaemon } from './harness.ts';

/** A daemon of this test file's own, whose sessions end with each test. */
export function ownSessions() {
  const daemon = ownDaemon();
  const keys: string[] = [];
  let count = 0;
  afterEach(async () => {
    const host = await daemon.openHost();
    await Promise.all(keys.splice(0).map((key) => host.disposeNamespace(key)));
  });
  const newKey = (): string => {
    keys.push(`key ${++count}`);
    return keys.at(-1)!;
  };
  return { ...daemon, newKey };
}

/** Asks again while the last handle is being let go of. */
export async function reacquire(
  host: IsolateHost,
  key: string,
  options?: NamespacedRuntimeOptions,
): Promise<NamespacedRuntime> {
  for (;;) {
    try {
      // eslint-disable-next-line no-await-in-loop -- until it is free
      return await host.getNamespacedRuntime(key, options);
    } catch (error) {
      if ((error as { code?: string }).code !== 'SESSION_IN_USE') throw error;
    }
  }
}
