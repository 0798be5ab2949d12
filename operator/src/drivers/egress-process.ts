import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CofferdamError } from '@cofferdam/protocol';
import { OwnProcess, type ProcessEnd } from './own-process.ts';
import { RestartDelay } from './restart-delay.ts';

export interface EgressProcessOptions {
  /** Egress's main module. */
  egressEntry: URL;
  /** Where runners dial. */
  socketPath: string;
  /** Where the gateway dials. */
  controlSocketPath: string;
  /** Host names of this instance's own: name to `address:port`. */
  aliases?: Readonly<Record<string, string>>;
  /** Told when it ended by itself; it is started again. */
  onDeath?: (end: ProcessEnd) => void;
  /** Told when it listens again after a death: whoever was connected must dial anew. */
  onRestart?: () => void;
}

/** Node starts in well under a second; a loaded small machine may need several. */
const START_MS = 15_000;
const PROBE_MS = 25;

/** The way out, as a process of this machine, started again when it dies. */
export class EgressProcess {
  readonly #options: EgressProcessOptions;
  readonly #delay = new RestartDelay();
  readonly #abort = new AbortController();
  #process: OwnProcess | undefined;
  #keeping: Promise<void> | undefined;

  constructor(options: EgressProcessOptions) {
    this.#options = options;
  }

  /** Resolves when it listens; throws `UNAVAILABLE` with its last words when it does not come up. */
  async start(): Promise<void> {
    const started = await this.#spawn();
    this.#keeping = this.#keep(started);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#process?.stop();
    await this.#keeping;
  }

  async #spawn(): Promise<OwnProcess> {
    const { egressEntry, socketPath, controlSocketPath, aliases } = this.#options;
    const child = new OwnProcess({
      entry: egressEntry,
      env: {
        COFFERDAM_EGRESS_SOCKET: socketPath,
        COFFERDAM_EGRESS_CONTROL_SOCKET: controlSocketPath,
        COFFERDAM_EGRESS_EXIT_WITH_STDIN: 'true',
        ...(aliases ? { COFFERDAM_EGRESS_ALIASES: JSON.stringify(aliases) } : {}),
      },
    });
    this.#process = child;
    const over = new AbortController();
    const died = child.ended.then(({ lastWords }) => {
      over.abort();
      throw new CofferdamError('UNAVAILABLE', `egress did not start: ${lastWords || 'no reason'}`);
    });
    died.catch(() => {});
    const signal = AbortSignal.any([
      over.signal,
      this.#abort.signal,
      AbortSignal.timeout(START_MS),
    ]);
    try {
      await Promise.race([
        died,
        Promise.all([listens(socketPath, signal), listens(controlSocketPath, signal)]),
      ]);
      return child;
    } catch (error) {
      await child.stop();
      throw error instanceof CofferdamError ? error : await died;
    }
  }

  /** Starts it again after every death, until it is closed. */
  async #keep(first: OwnProcess): Promise<void> {
    let current: OwnProcess | undefined = first;
    let startedAt = Date.now();
    while (!this.#abort.signal.aborted) {
      // eslint-disable-next-line no-await-in-loop -- one life after another
      current = await this.#nextLife(current, startedAt);
      startedAt = Date.now();
    }
  }

  async #nextLife(current: OwnProcess | undefined, startedAt: number) {
    const { onDeath, onRestart } = this.#options;
    const { signal } = this.#abort;
    const end = await current?.ended;
    if (signal.aborted) return undefined;
    if (end) onDeath?.(end);
    this.#delay.died(Date.now(), Date.now() - startedAt);
    try {
      await sleep(this.#delay.at(Date.now()), undefined, { signal });
      const next = await this.#spawn();
      onRestart?.();
      return next;
    } catch {
      return undefined; // the next life waits longer
    }
  }
}

/** Resolves when somebody accepts connections there. */
async function listens(path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const socket = connect(path);
    try {
      // eslint-disable-next-line no-await-in-loop -- asks again until it answers
      await once(socket, 'connect', { signal });
      return;
    } catch {
      signal.throwIfAborted();
    } finally {
      socket.destroy();
    }
    // eslint-disable-next-line no-await-in-loop -- asks again until it answers
    await sleep(PROBE_MS, undefined, { signal });
  }
}
