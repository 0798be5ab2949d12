import { once } from 'node:events';
import { connect } from 'node:net';
import { Channel, CofferdamError } from '@cofferdam/protocol';

/** Opening or closing a ticket is one map entry on the other side. */
const CALL_MS = 5_000;

/** The gateway's connection to the way out: dialled when it is first needed, and again when it ended. */
export class EgressControl {
  readonly #path: string;
  #channel: Promise<Channel> | undefined;

  constructor(path: string) {
    this.#path = path;
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
    try {
      const socket = connect(this.#path);
      await once(socket, 'connect');
      const channel = new Channel(socket, { about: { role: 'gateway' } });
      void channel.closed.then(() => (this.#channel = undefined));
      return channel;
    } catch (cause) {
      this.#channel = undefined;
      throw new CofferdamError('UNAVAILABLE', 'the way out cannot be reached', { cause });
    }
  }
}
