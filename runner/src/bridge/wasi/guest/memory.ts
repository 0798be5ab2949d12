/** A module's linear memory, wherever it is: growing it replaces its buffer. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/**
 * What the shim reads and writes of a module's memory. Addresses come as signed numbers; every
 * access beyond the memory throws a RangeError, which the shim answers as EFAULT.
 */
export class GuestMemory {
  readonly #memory: () => LinearMemory | undefined;

  constructor(memory: () => LinearMemory | undefined) {
    this.#memory = memory;
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer(), at >>> 0, length >>> 0);
  }

  u8(at: number): number {
    return this.#view().getUint8(at >>> 0);
  }

  u16(at: number): number {
    return this.#view().getUint16(at >>> 0, true);
  }

  u32(at: number): number {
    return this.#view().getUint32(at >>> 0, true);
  }

  u64(at: number): bigint {
    return this.#view().getBigUint64(at >>> 0, true);
  }

  setU8(at: number, value: number): void {
    this.#view().setUint8(at >>> 0, value);
  }

  setU16(at: number, value: number): void {
    this.#view().setUint16(at >>> 0, value, true);
  }

  setU32(at: number, value: number): void {
    this.#view().setUint32(at >>> 0, value, true);
  }

  setU64(at: number, value: bigint): void {
    this.#view().setBigUint64(at >>> 0, value, true);
  }

  #view(): DataView {
    return new DataView(this.#buffer());
  }

  #buffer(): ArrayBuffer | SharedArrayBuffer {
    const memory = this.#memory();
    if (!memory) throw new RangeError('the module has no memory');
    return memory.buffer;
  }
}
