import {
  CofferdamError,
  MAX_PORT_MESSAGE_BYTES,
  type IncomingCall,
} from '@cofferdam/protocol/base';

const HEADER_BYTES = 4;
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
    let rest: Buffer = Buffer.alloc(0);
    const parts: Buffer[] = [];
    let missing = 0;
    for await (const chunk of this.#call.data) {
      parts.push(chunk);
      missing -= chunk.byteLength;
      if (missing > 0) continue;
      rest = parts.length === 1 ? chunk : Buffer.concat(parts);
      parts.length = 0;
      rest = this.#takeFrames(rest);
      missing = missingOf(rest);
      if (rest.byteLength > 0) parts.push(rest);
      if (this.#waitingUnits > MAX_WAITING) await this.#room();
    }
  }

  /** Sends one frame to the embedder. Throws when the guest sends what its own end would not. */
  post(text: unknown): void {
    const bytes = typeof text === 'string' ? Buffer.byteLength(text) : -1;
    this.#unsentBytes += bytes;
    if (bytes < 0 || bytes > MAX_PORT_MESSAGE_BYTES || this.#unsentBytes > MAX_UNSENT_BYTES) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'the guest broke its port');
    }
    const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes);
    frame.writeUInt32BE(bytes, 0);
    frame.write(text as string, HEADER_BYTES);
    this.#postedBytes += frame.byteLength;
    this.#call.pass(frame).then(
      () => this.#sent(bytes, (text as string).length),
      () => {},
    );
  }

  #sent(bytes: number, units: number): void {
    this.#unsentBytes -= bytes;
    this.#unacknowledged += units;
    if (this.#unacknowledged < ACKNOWLEDGE_UNITS) return;
    this.#guest.sent(this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  /** Hands whole frames on; answers what is left. */
  #takeFrames(bytes: Buffer): Buffer {
    let rest = bytes;
    while (rest.byteLength >= HEADER_BYTES) {
      const end = HEADER_BYTES + lengthOf(rest);
      if (rest.byteLength < end) break;
      const text = rest.toString('utf8', HEADER_BYTES, end);
      this.#waiting.push(text);
      this.#waitingUnits += text.length;
      rest = rest.subarray(end);
    }
    if (this.#waiting.length > 0 && !this.#delivering) void this.#deliver();
    return rest;
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

function lengthOf(frame: Buffer): number {
  const length = frame.readUInt32BE(0);
  if (length <= MAX_PORT_MESSAGE_BYTES) return length;
  throw new CofferdamError('PROTOCOL_VIOLATION', 'a message on the port is too large');
}

/** Bytes until the next frame is whole, where its length is known. */
function missingOf(rest: Buffer): number {
  if (rest.byteLength < HEADER_BYTES) return 1;
  return HEADER_BYTES + lengthOf(rest) - rest.byteLength;
}
