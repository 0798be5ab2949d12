import {
  CofferdamError,
  encodePortFrame,
  PortFrameDecoder,
  type IncomingCall,
} from '@cofferdam/protocol/base';

/** Texts that wait for the guest: beyond it no more of the stream is read. */
const MAX_WAITING = 4 * 1024 * 1024;
/** Given to the guest at once: what came while it was busy is one crossing. */
const MAX_BATCH = 64;
/** Acknowledging each text would be a crossing for each. */
const ACKNOWLEDGE_UNITS = 512 * 1024;
/** The guest's own end holds back more than 4 MiB; this is for one that was changed. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

export interface PortGuest {
  deliver(texts: string[]): Promise<void>;
  sent(units: number): void;
}

/** Frames of a runtime's port, between the bytes of its `open` call and its guest. */
export class PortStream {
  readonly #call: IncomingCall;
  readonly #guest: PortGuest;
  #waiting: string[] = [];
  #waitingUnits = 0;
  #roomy: (() => void) | undefined;
  #delivering = false;
  #unsentBytes = 0;
  #postedBytes = 0;
  #unacknowledged = 0;
  #isClosed = false;

  constructor(call: IncomingCall, guest: PortGuest) {
    this.#call = call;
    this.#guest = guest;
  }

  /** Bytes that the guest has sent so far. */
  get postedBytes(): number {
    return this.#postedBytes;
  }

  /** Brings frames to the guest until the stream ends. Rejects when it is none of frames. */
  async receive(): Promise<void> {
    const decoder = new PortFrameDecoder();
    for await (const chunk of this.#call.data) {
      this.#take(decoder.push(chunk));
      if (this.#waitingUnits > MAX_WAITING) await this.#room();
    }
  }

  /** Nothing more comes to the guest, of the bytes or of what it sent. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#waitingUnits = 0;
    this.#roomy?.();
  }

  /** Sends one frame to the embedder. Throws when the guest sends what its own end would not. */
  post(text: unknown): void {
    const frame = typeof text === 'string' ? encodePortFrame(text) : undefined;
    this.#unsentBytes += frame?.byteLength ?? 0;
    if (!frame || this.#unsentBytes > MAX_UNSENT_BYTES) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'the guest broke its port');
    }
    this.#postedBytes += frame.byteLength;
    this.#call.pass(frame).then(
      () => this.#sent(frame.byteLength, (text as string).length),
      () => {},
    );
  }

  #sent(bytes: number, units: number): void {
    if (this.#isClosed) return;
    this.#unsentBytes -= bytes;
    this.#unacknowledged += units;
    if (this.#unacknowledged < ACKNOWLEDGE_UNITS) return;
    this.#guest.sent(this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  #take(texts: readonly string[]): void {
    if (this.#isClosed) return;
    for (const text of texts) {
      this.#waiting.push(text);
      this.#waitingUnits += text.length;
    }
    if (this.#waiting.length > 0 && !this.#delivering) void this.#deliver();
  }

  /** Hands over at once what waits, so that what is asked of the guest next comes after it. */
  handOver(): void {
    while (this.#waiting.length > 0) void this.#deliverSome();
  }

  async #deliver(): Promise<void> {
    this.#delivering = true;
    while (this.#waiting.length > 0) {
      // eslint-disable-next-line no-await-in-loop -- what comes meanwhile goes together
      await this.#deliverSome();
    }
    this.#delivering = false;
  }

  async #deliverSome(): Promise<void> {
    const batch = this.#waiting.splice(0, MAX_BATCH);
    await this.#guest.deliver(batch);
    this.#waitingUnits -= batch.reduce((sum, text) => sum + text.length, 0);
    this.#roomy?.();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#roomy = () => {
        if (this.#waitingUnits > MAX_WAITING) return;
        this.#roomy = undefined;
        resolve();
      };
    });
  }
}
