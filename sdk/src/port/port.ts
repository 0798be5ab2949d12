import { CofferdamError, encodePortFrame, PortFrameDecoder } from '@cofferdam/protocol';
import { PortPeer, type PeerOptions } from './peer.ts';

/** The two directions of a call's bytes, as `OutgoingCall` has them. */
export interface PortStream {
  readonly data: AsyncIterable<Buffer>;
  write(bytes: Uint8Array): Promise<void>;
}

export interface PortOptions extends PeerOptions {
  stream: PortStream;
  /** The guest broke the protocol: its runtime has to be ended. Called once at most. */
  onBroken(error: CofferdamError): void;
}

/** A guest whose embedder's words are not taken is not listened to any further: 16 MiB. */
const PAUSE_BYTES = 16 * 1024 * 1024;
/** And gets no more answers but errors: 64 MiB. */
const FULL_BYTES = 4 * PAUSE_BYTES;

/**
 * The embedder's end of a runtime's port: answers the guest's calls of tools, and holds what the guest
 * gave of its own.
 */
export class Port {
  readonly #options: PortOptions;
  readonly #peer: PortPeer;
  #unsent = 0;
  #drained: (() => void) | undefined;
  #isOver = false;

  constructor(options: PortOptions) {
    this.#options = options;
    const isFull = () => this.#unsent > FULL_BYTES;
    this.#peer = new PortPeer(options, {
      send: (text) => this.#send(text),
      get isFull() {
        return isFull();
      },
    });
    void this.#listen();
  }

  /** What of this runtime is under way. */
  get pending(): { calls: number; references: number } {
    return this.#peer.pending;
  }

  /** Tells the guest something that it does not answer. Throws what cannot be sent. */
  post(event: string, value: unknown): void {
    this.#peer.post(event, value);
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    this.#peer.flush();
  }

  /** The runtime is over: calls of tools are aborted, iterators ended, the guest's functions void. */
  end(reason: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drained?.();
    this.#peer.end(reason);
  }

  async #listen(): Promise<void> {
    const decoder = new PortFrameDecoder();
    try {
      for await (const chunk of this.#options.stream.data) {
        if (this.#isOver) return;
        for (const text of decoder.push(chunk)) this.#peer.receive(text);
        if (this.#unsent > PAUSE_BYTES) await this.#drain();
      }
      this.end(new CofferdamError('RUNTIME_ENDED'));
    } catch (error) {
      this.#broken(CofferdamError.from(error));
    }
  }

  /** A stream that breaks off is the runtime's end, which its call's answer tells of. */
  #broken(error: CofferdamError): void {
    if (this.#isOver) return;
    this.end(error);
    const isGuests = error.code === 'PROTOCOL_VIOLATION' || error.code === 'INTERNAL';
    if (isGuests) this.#options.onBroken(error);
  }

  #send(text: string): void {
    const bytes = encodePortFrame(text);
    this.#unsent += bytes.byteLength;
    const done = () => this.#sent(bytes.byteLength);
    // What cannot be written any more was for a guest that is over.
    this.#options.stream.write(bytes).then(done, done);
  }

  #sent(bytes: number): void {
    this.#unsent -= bytes;
    if (this.#unsent <= PAUSE_BYTES) this.#drained?.();
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }
}
