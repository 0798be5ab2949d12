import { CofferdamError, type IncomingCall } from '@cofferdam/protocol/base';
import { PortStream, type PortGuest } from './port-stream.ts';

/** What a guest that nobody listens to may post: its own end posts nothing then. */
const MAX_STRAY_UNITS = 64 * 1024 * 1024;

interface Connected {
  stream: PortStream;
  /** Settles when it is not connected any more. */
  over: PromiseWithResolvers<void>;
}

/** An isolate's port: the bytes of its `open` call, or in a session those of one `attach` after another. */
export class IsolatePort {
  readonly #guest: PortGuest;
  readonly #onBroken: (error: CofferdamError) => void;
  #connected: Connected | undefined;
  /** Which of them it is: frames that the guest posted for an earlier one are dropped. */
  #number = 0;
  #strayUnits = 0;

  constructor(guest: PortGuest, onBroken: (error: CofferdamError) => void) {
    this.#guest = guest;
    this.#onBroken = onBroken;
  }

  /** Bytes that the guest has sent to whoever is there. */
  get postedBytes(): number {
    return this.#connected?.stream.postedBytes ?? 0;
  }

  /** The bytes of this call are the port from here on. */
  connect(call: IncomingCall): { number: number; over: Promise<void> } {
    this.disconnect();
    const stream = new PortStream(call, this.#guest);
    const over = Promise.withResolvers<void>();
    this.#connected = { stream, over };
    this.#strayUnits = 0;
    stream.receive().catch((error: unknown) => {
      if (this.#connected?.stream === stream) this.#onBroken(CofferdamError.from(error));
    });
    return { number: ++this.#number, over: over.promise };
  }

  /** It leads nowhere. */
  disconnect(): void {
    this.#connected?.stream.close();
    this.#connected?.over.resolve();
    this.#connected = undefined;
  }

  /** Sends one frame. Throws when the guest sends what its own end would not. */
  post(text: unknown, number: unknown = this.#number): void {
    if (this.#connected && number === this.#number) return this.#connected.stream.post(text);
    this.#strayUnits += typeof text === 'string' ? text.length : Infinity;
    if (this.#strayUnits > MAX_STRAY_UNITS) throw new CofferdamError('PROTOCOL_VIOLATION');
  }

  /** Hands over at once what waits, so that what is asked of the guest next comes after it. */
  handOver(): void {
    this.#connected?.stream.handOver();
  }
}
