import type { LookupFunction, Socket } from 'node:net';
import { buildConnector, Pool } from 'undici';
import { abortable } from '@cofferdam/protocol';
import type { Pinned } from './admit.ts';
import type { Trust } from './credentials.ts';
import { hostAndPort, literalAddress, type Target } from './target.ts';

export interface Timeouts {
  /** Milliseconds to look a name up, the wait for its turn included. Default 5,000. */
  lookupMs: number;
  /** Milliseconds to make a connection, TLS included. Default 10,000. */
  connectMs: number;
  /** Milliseconds until the head of an answer. Default 120,000; the call's deadline comes first. */
  headersMs: number;
  /** Milliseconds between two pieces of a body that is being read. Default 60,000. */
  idleMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  lookupMs: 5_000,
  connectMs: 10_000,
  headersMs: 120_000,
  idleMs: 60_000,
};

export interface ConnectOptions {
  timeouts: Timeouts;
  /** Certificate authorities in PEM that are trusted instead of Node's own. */
  ca?: string[] | undefined;
}

/** Waits for a connection no longer than the signal allows; one that comes too late is closed. */
export async function dialled(dial: Promise<Socket>, signal: AbortSignal): Promise<Socket> {
  try {
    return await abortable(dial, signal);
  } catch (error) {
    dial.then(
      (late) => late.destroy(),
      () => {},
    );
    throw error;
  }
}

/** More hosts than this in one run close the connections to the one used longest ago. */
const MAX_POOLS = 16;
/** An idle connection is kept for the next request of the same run for so long. */
const KEEP_ALIVE_MS = 4_000;
const MAX_KEEP_ALIVE_MS = 30_000;
const MAX_RESPONSE_HEAD_BYTES = 32 * 1024;

/** The connections of one ticket: never shared with another run, ended with it. */
export class Connections {
  readonly #options: ConnectOptions;
  readonly #perHost: number;
  readonly #pools = new Map<string, Pool>();

  /** At most `perHost` connections to one host at a time. */
  constructor(options: ConnectOptions, perHost: number) {
    this.#options = options;
    this.#perHost = perHost;
  }

  /** A pool whose connections go to the pinned addresses only, with the name in SNI and Host. */
  to(target: Target, pinned: Pinned, trust?: Trust): Pool {
    const key = keyOf(target, pinned, trust);
    const pool = this.#pools.get(key) ?? this.#open(target, pinned, trust);
    this.#pools.delete(key);
    this.#pools.set(key, pool); // a Map keeps its order: the first is the one used longest ago
    this.#evict();
    return pool;
  }

  /** One connection to a pinned address that no pool keeps, TLS included where the target's address says so: of a WebSocket or a tunnel. */
  dial(target: Target, pinned: Pinned, trust?: Trust): Promise<Socket> {
    const { hostname, host, protocol } = target.url;
    const where = { hostname: literalAddress(hostname) ?? hostname, host, protocol };
    return new Promise((resolve, reject) => {
      this.#connector(pinned, trust)({ ...where, port: String(pinned.port) }, (error, socket) =>
        error ? reject(error) : resolve(socket),
      );
    });
  }

  /** Breaks every connection at once. */
  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #open(target: Target, pinned: Pinned, trust: Trust | undefined): Pool {
    const { timeouts } = this.#options;
    const dial = this.#connector(pinned, trust);
    return new Pool(target.url.origin, {
      connect: (options, done) => dial({ ...options, port: String(pinned.port) }, done),
      headersTimeout: timeouts.headersMs,
      bodyTimeout: timeouts.idleMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      maxHeaderSize: MAX_RESPONSE_HEAD_BYTES,
      connections: this.#perHost,
      pipelining: 1,
    });
  }

  #connector(pinned: Pinned, trust: Trust | undefined): buildConnector.connector {
    const { timeouts } = this.#options;
    const ca = trust?.ca ?? this.#options.ca;
    return buildConnector({
      timeout: timeouts.connectMs,
      lookup: pinnedLookup(pinned),
      // Whatever address is tried, it is one of those that were judged.
      autoSelectFamily: pinned.addresses.length > 1,
      allowH2: false,
      ...(ca ? { ca } : {}),
    });
  }

  #evict(): void {
    if (this.#pools.size <= MAX_POOLS) return;
    const [key, pool] = this.#pools.entries().next().value!;
    this.#pools.delete(key);
    void pool.close();
  }
}

function keyOf(target: Target, { addresses, port }: Pinned, trust: Trust | undefined): string {
  const list = addresses.map(({ address }) => address).toSorted();
  return [target.url.protocol, hostAndPort(target), port, trust?.id ?? '', ...list].join(' ');
}

/** Answers every question about a name with the addresses that were judged; DNS is not asked again. */
function pinnedLookup({ addresses }: Pinned): LookupFunction {
  return (_name, options, done) => {
    const [first] = addresses;
    if (options.all) done(null, addresses);
    else done(null, first!.address, first!.family);
  };
}
