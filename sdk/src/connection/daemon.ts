import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkFolder, checkSocketFile, checkSocketPath } from '@cofferdam/daemon/place';
import { CofferdamError, type CallHandler } from '@cofferdam/protocol';
import type { DaemonOptions } from '../types.ts';
import type { Connection } from './connection.ts';
import { dialDaemon } from './dial.ts';
import { defaultSocketPath } from './socket-path.ts';
import { Starter } from './starter.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
/** A daemon listens about 100 ms after its start: found so late as a fifth of what it took, at most. */
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const WAIT_GROWTH = 1.2;
const OWN_ENTRYPOINT = fileURLToPath(new URL('../../bin/isolate-daemon.js', import.meta.url));

/**
 * Connects to the daemon of a socket, which is started where none listens. Throws `UNAVAILABLE` where
 * there is none and none can be started, `DEADLINE_EXCEEDED` where it does not answer in time,
 * `PROTOCOL_VIOLATION` where what answers is no daemon or one of another version, and
 * `INVALID_CONFIG` where others could put something else in the socket's place.
 */
export async function connectDaemon(
  options: DaemonOptions,
  handlers: Record<string, CallHandler>,
): Promise<Connection> {
  const { socketPath, timeoutMs, starter } = withDefaults(options);
  const endsAt = performance.now() + timeoutMs;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * WAIT_GROWTH)) {
    // eslint-disable-next-line no-await-in-loop -- one try after the other
    await checkPlace(socketPath);
    const leftMs = Math.max(1, endsAt - performance.now());
    // eslint-disable-next-line no-await-in-loop
    const dialled = await dialDaemon(socketPath, { handlers, leftMs });
    if ('connection' in dialled) return dialled.connection;
    if (dialled.outcome === 'nobody') startOrFail(starter, socketPath);
    if (performance.now() >= endsAt) throw tooLate(dialled.outcome, socketPath, timeoutMs);
    // eslint-disable-next-line no-await-in-loop
    await sleep(Math.min(wait, leftMs));
  }
}

function withDefaults(options: DaemonOptions) {
  const { autoStart = true, timeoutMs = DEFAULT_TIMEOUT_MS, cwd = '/' } = options;
  const entrypoint = resolve(options.entrypoint ?? OWN_ENTRYPOINT);
  const socketPath = resolve(options.socketPath ?? defaultSocketPath(entrypoint));
  checkSocketPath(socketPath);
  const starter = autoStart ? new Starter({ entrypoint, socketPath, cwd }) : undefined;
  return { socketPath, timeoutMs, starter };
}

/** Before each try: only then is what answers the daemon of this user. */
async function checkPlace(socketPath: string): Promise<void> {
  if (!existsSync(dirname(socketPath))) return; // the daemon makes it
  await checkFolder(socketPath);
  await checkSocketFile(socketPath);
}

function startOrFail(starter: Starter | undefined, socketPath: string): void {
  if (starter) return starter.ensure();
  const message = `no daemon listens on ${socketPath}, and daemon.autoStart is false`;
  throw new CofferdamError('UNAVAILABLE', message);
}

function tooLate(outcome: 'nobody' | 'lost', socketPath: string, timeoutMs: number) {
  const what =
    outcome === 'nobody'
      ? `no daemon listened on ${socketPath}`
      : `what listens on ${socketPath} ends every connection: it may be no daemon, or one that has no room`;
  return new CofferdamError('DEADLINE_EXCEEDED', `${what} within ${timeoutMs} ms`);
}
