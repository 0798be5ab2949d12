import { setTimeout as sleep } from 'node:timers/promises';
import { CofferdamError } from '../error/cofferdam-error.ts';
import type { Channel, ChannelOptions } from './channel.ts';
import { dial } from './dial.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
/** A gateway that is replaced is back within seconds; a runner or browser pod that nobody takes is of no use. */
const GIVE_UP_MS = 120_000;

export interface LinkOptions extends ChannelOptions {
  address: string;
  /** Whether to dial again when the connection has ended. */
  redial: boolean;
  /** Milliseconds after which a peer that does not take us is given up. Default 2 minutes. */
  giveUpMs?: number;
}

/** A connection that is made again when it ends, where that is wanted. */
export class Link {
  /** Resolves when there will be no further connection. */
  readonly ended: Promise<void>;
  readonly #options: LinkOptions;
  #channel: Channel;
  #closed = false;

  private constructor(options: LinkOptions, channel: Channel) {
    this.#options = options;
    this.#channel = channel;
    this.ended = this.#keep();
  }

  /** Dials; throws `CONNECTION_LOST` when nobody answers (in time, where it may dial again). */
  static async open(options: LinkOptions): Promise<Link> {
    const channel = options.redial
      ? await untilTaken(options)
      : await dial(options.address, options);
    return new Link(options, channel);
  }

  /** The connection as it is now, perhaps one that has ended. */
  get channel(): Channel {
    return this.#channel;
  }

  close(): void {
    this.#closed = true;
    this.#channel.close();
  }

  async #keep(): Promise<void> {
    for (;;) {
      // eslint-disable-next-line no-await-in-loop -- one connection after the other
      await this.#channel.closed;
      if (this.#closed || !this.#options.redial) return;
      // eslint-disable-next-line no-await-in-loop
      const next = await untilTaken(this.#options).catch(() => undefined);
      if (!next) return;
      this.#channel = next;
      if (this.#closed) next.close();
    }
  }
}

/** Dials until the other side has said hello, which it does for nobody that it does not know. */
async function untilTaken(options: LinkOptions): Promise<Channel> {
  const giveUpAt = performance.now() + (options.giveUpMs ?? GIVE_UP_MS);
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    try {
      // eslint-disable-next-line no-await-in-loop -- one try after the other
      const channel = await dial(options.address, options);
      // eslint-disable-next-line no-await-in-loop
      await channel.peer;
      return channel;
    } catch (error) {
      if (performance.now() > giveUpAt) throw CofferdamError.from(error);
    }
    // eslint-disable-next-line no-await-in-loop
    await sleep(wait);
  }
}
