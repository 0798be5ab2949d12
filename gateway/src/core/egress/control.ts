import { once } from 'node:events';
import { connect } from 'node:net';
import { Channel, CofferdamError, readAddress } from '@cofferdam/protocol';

/** Opening or closing a ticket is one map entry on the other side. */
const CALL_MS = 5_000;

export interface EgressControlOptions {
  /** Where egress listens for the gateway: a Unix socket's path, or `host:port`. */
  address: string;
  /** What this gateway proves to be one with; for `host:port`. */
  token?: string | undefined;
}

/** The gateway's connection to the way out: dialled when it is first needed, and again when it ended. */
export class EgressControl {
  readonly #options: EgressControlOptions;
  #channel: Promise<Channel> | undefined;

  constructor(options: EgressControlOptions) {
    this.#options = options;
  }

  async call(method: string, payload: unknown): Promise<unknown> {
    const channel = await (this.#channel ??= this.#dial());
    return channel.call(method, payload, { deadlineMs: CALL_MS }).reply;
  }

  async close(): Promise<void> {
    const channel = await this.#channel?.catch(() => undefined);
    channel?.close();
  }

  async #dial(): Promise<Channel> {
    const { address, token } = this.#options;
    try {
      const socket = connect({ ...readAddress(address), noDelay: true, keepAlive: true });
      await once(socket, 'connect');
      const about = { role: 'gateway', ...(token === undefined ? {} : { token }) };
      const channel = new Channel(socket, { about, helloWithinMs: CALL_MS });
      void channel.closed.then(() => (this.#channel = undefined));
      // It says hello to nobody that it does not know.
      await channel.peer;
      return channel;
    } catch (cause) {
      this.#channel = undefined;
      throw new CofferdamError('UNAVAILABLE', 'the way out cannot be reached', { cause });
    }
  }
}
