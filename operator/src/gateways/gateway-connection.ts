import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  BindSchema,
  Channel,
  DiscardSchema,
  parser,
  PoolDemandSchema,
  readAddress,
  RunnerReportSchema,
  type CallHandler,
  type PoolDemand,
} from '@cofferdam/protocol';
import type { ControlNotice } from './finished-run.ts';
import { readFinishedRun } from './finished-run.ts';
import type { RunnerEvents } from './runner-gateway.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;
const HELLO_MS = 10_000;
/** Runs that a gateway tells of, and binds, at once. */
const MAX_CALLS = 1_024;

export interface GatewayConnectionOptions {
  /** `host:port` or a Unix socket's path. */
  address: string;
  token: string;
  epoch: number;
  events: RunnerEvents;
  onRun: (run: ControlNotice) => void;
  /** Says everything that a gateway has to know; the connection counts as open when it is done. */
  onOpen: (channel: Channel) => Promise<void>;
  onChange: () => void;
  onError: (error: unknown) => void;
}

const parseBind = parser(BindSchema);
const parseDiscard = parser(DiscardSchema);
const parseDemand = parser(PoolDemandSchema);
const parseReport = parser(RunnerReportSchema);

/** The operator's connection to one gateway, made again whenever it ends. */
export class GatewayConnection {
  readonly #options: GatewayConnectionOptions;
  readonly #demands = new Map<string, PoolDemand>();
  readonly #closing = new AbortController();
  #channel: Channel | undefined;
  #isOpen = false;

  constructor(options: GatewayConnectionOptions) {
    this.#options = options;
    void this.#keep();
  }

  /** The connection, where the gateway has heard everything. */
  get channel(): Channel | undefined {
    return this.#isOpen ? this.#channel : undefined;
  }

  /** The connection as it is, perhaps while the gateway is being told everything. */
  get current(): Channel | undefined {
    return this.#channel;
  }

  demandOf(pool: string): PoolDemand | undefined {
    return this.#demands.get(pool);
  }

  close(): void {
    this.#closing.abort();
    this.#channel?.close();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
      try {
        // eslint-disable-next-line no-await-in-loop -- one connection after the other
        const channel = await this.#open();
        wait = FIRST_WAIT_MS;
        // eslint-disable-next-line no-await-in-loop
        await channel.closed;
      } catch (error) {
        if (!signal.aborted) this.#options.onError(error);
      }
      this.#ended();
      // eslint-disable-next-line no-await-in-loop
      await pause(wait, signal);
    }
  }

  async #open(): Promise<Channel> {
    const { address, token, epoch, onOpen, onChange } = this.#options;
    const { signal } = this.#closing;
    const socket = await dial(address, AbortSignal.any([signal, AbortSignal.timeout(HELLO_MS)]));
    const channel = new Channel(socket, {
      about: { role: 'operator', token, epoch },
      handlers: this.#handlers(),
      maxInFlight: MAX_CALLS,
      helloWithinMs: HELLO_MS,
    });
    channel.onFault = this.#options.onError;
    await channel.peer;
    if (signal.aborted) channel.close();
    this.#channel = channel;
    await onOpen(channel);
    this.#isOpen = true;
    onChange();
    return channel;
  }

  #handlers(): Record<string, CallHandler> {
    const { events, onRun } = this.#options;
    return {
      demand: ({ payload }) => {
        const demand = parseDemand(payload);
        this.#demands.set(demand.pool, demand);
        events.onDemand(demand.pool);
        return {};
      },
      'runner.report': ({ payload }) => {
        events.onReport(parseReport(payload));
        return {};
      },
      'runner.discard': ({ payload }) => {
        const { runnerId, reason } = parseDiscard(payload);
        events.onDiscard(runnerId, reason);
        return {};
      },
      'runner.bind': async ({ payload }) => {
        const { runnerId, owner } = parseBind(payload);
        await events.bind(runnerId, owner);
        return {};
      },
      'run.finished': ({ payload }) => {
        onRun(readFinishedRun(payload));
        return {};
      },
    };
  }

  #ended(): void {
    const pools = [...this.#demands.keys()];
    this.#isOpen = false;
    this.#channel?.close();
    this.#channel = undefined;
    this.#demands.clear();
    if (this.#closing.signal.aborted) return;
    for (const pool of pools) this.#options.events.onDemand(pool);
    this.#options.onChange();
  }
}

/** Leaves nothing behind when it gives up: a later error of the socket would be nobody's. */
async function dial(address: string, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ ...readAddress(address), noDelay: true, keepAlive: true });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.on('error', () => {}).destroy();
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
