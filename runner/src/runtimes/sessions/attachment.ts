import { LASTING, type Channel, type IncomingCall } from '@cofferdam/protocol';
import type { InsideAttach } from '../messages.ts';

/** What a process may take to let go: its main thread runs no guest code. */
const DETACH_MS = 5_000;

/** Somebody's call as the port of a session, from its attaching to its detaching. */
export class Attachment {
  /** Settles when the guest is ready; never where it has ended. */
  readonly ready: Promise<void>;
  /** Settles when the guest's last bytes have been passed on, or cannot be. */
  readonly flushed: Promise<void>;
  readonly #channel: Channel;
  readonly #runtimeId: string;

  /** `channel` is that of the session's process. */
  constructor(call: IncomingCall, channel: Channel, task: InsideAttach) {
    const ready = Promise.withResolvers<void>();
    const inner = channel.call('attach', task, {
      deadlineMs: LASTING,
      onEvent: () => ready.resolve(),
    });
    this.ready = ready.promise;
    this.#channel = channel;
    this.#runtimeId = task.runtimeId;
    void pass(call.data, inner).then(() => inner.end());
    this.flushed = pass(inner.data, call);
  }

  /**
   * Settles when nothing of it is under way in the process: what comes from there afterwards is the
   * next one's. Rejects where the process does not say so.
   */
  async detach(): Promise<void> {
    const payload = { runtimeId: this.#runtimeId };
    await this.#channel.call('detach', payload, { deadlineMs: DETACH_MS }).reply;
  }
}

/** Until either end is over: the answers of the calls say why. */
async function pass(from: AsyncIterable<Buffer>, to: Pick<IncomingCall, 'pass'>): Promise<void> {
  try {
    // eslint-disable-next-line no-await-in-loop -- one piece after the other is what a stream is
    for await (const chunk of from) await to.pass(chunk);
  } catch {
    // One of them was detached, released or lost.
  }
}
