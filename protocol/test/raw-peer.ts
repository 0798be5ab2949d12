import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  Channel,
  encodeFrame,
  FrameDecoder,
  type ChannelOptions,
  type Frame,
} from '@cofferdam/protocol';
import { encodeCall } from '../src/wire/call-payload.ts';
import { helloPayload } from '../src/wire/hello.ts';
import { socketPair } from './socket-pair.ts';

/** A peer that sends whatever bytes a test wants, and sees what comes back. */
export class RawPeer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  readonly #decoder = new FrameDecoder();

  constructor(socket: Socket, reads: boolean) {
    this.socket = socket;
    socket.on('error', () => {}); // a reset is one of the ways in which we are thrown out
    if (!reads) return;
    socket.on('data', (chunk: Buffer) => {
      this.frames.push(...this.#decoder.push(chunk));
      socket.emit('frames');
    });
  }

  send(...frame: Parameters<typeof encodeFrame>): void {
    this.socket.write(encodeFrame(...frame));
  }

  hello(): void {
    this.send('hello', false, 0, helloPayload({}));
  }

  call(id: number, method: string, payload: unknown = null): void {
    this.send('call', false, id, encodeCall(method, 10_000, payload));
  }

  /** Waits for the next frame that fits, among those seen already or to come. */
  async next(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found) return found;
      // eslint-disable-next-line no-await-in-loop -- one arrival after another
      await once(this.socket, 'frames');
    }
  }
}

/** A channel of ours with a raw peer at its other end. */
export async function channelAndRawPeer(
  options: ChannelOptions = {},
  { reads = true } = {},
): Promise<{ channel: Channel; peer: RawPeer }> {
  const [ours, theirs] = await socketPair();
  return { channel: new Channel(ours, options), peer: new RawPeer(theirs, reads) };
}
