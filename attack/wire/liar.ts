import { once } from 'node:events';
import type { Socket } from 'node:net';
import { encodeCall, encodeFrame, FrameDecoder, type FrameType } from '@cofferdam/protocol';
import { ok, type PeerScript } from '../../gateway/test/peer.ts';

/** A runner's own end of its connection, for saying what no runner of ours would. */
export class Liar {
  readonly #socket: Socket;
  /** The gateway's call of the run that this runner has. */
  #runId = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (chunk: Buffer) => {
      for (const { type, callId } of decoder.push(chunk)) if (type === 'call') this.#runId = callId;
    });
    socket.on('error', () => {});
  }

  get runId(): number {
    return this.#runId;
  }

  get isCutOff(): boolean {
    return this.#socket.destroyed || this.#socket.writableEnded;
  }

  /** Waits for what was sent to be taken, so that what grows is the other end. */
  async raw(bytes: Buffer): Promise<void> {
    if (this.isCutOff || this.#socket.write(bytes)) return;
    const over = new AbortController();
    const events = ['drain', 'close'].map((name) => once(this.#socket, name, over));
    await Promise.race(events).catch(() => {});
    for (const event of events) event.catch(() => {});
    over.abort();
  }

  /** About the run that it was given. */
  frame(type: FrameType, payload: string | Buffer = '', id = this.#runId): Promise<void> {
    return this.raw(encodeFrame(type, true, id, payload));
  }

  /** A call of the runner's own. */
  call(id: number, method: string, payload: unknown = {}): Promise<void> {
    return this.raw(encodeFrame('call', false, id, encodeCall(method, 60_000, payload)));
  }

  cancel(id: number): Promise<void> {
    return this.raw(encodeFrame('cancel', false, id));
  }

  stopReading(): void {
    this.#socket.pause();
  }
}

export type Lie = (liar: Liar) => Promise<unknown>;

/** Answers its run when the lie is told, unless it has been cut off. */
export function lying(lie: Lie, socketOf: () => Socket): PeerScript {
  let liar: Liar | undefined;
  return {
    handlers: {
      bind: () => {
        liar = new Liar(socketOf());
        return {};
      },
    },
    run: async () => {
      // The channel hears of a call before the liar does.
      await new Promise(setImmediate);
      await lie(liar!);
      return liar!.isCutOff ? new Promise<never>(() => {}) : ok({ value: '"told"' });
    },
  };
}
