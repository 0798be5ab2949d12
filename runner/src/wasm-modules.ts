import { createHash } from 'node:crypto';
import { CofferdamError, MAX_WASM_BYTES, type Channel } from '@cofferdam/protocol';

const MAX_CACHED_BYTES = 32 * 1024 * 1024;
const BLOB_DEADLINE_MS = 30_000;

/** WebAssembly modules by digest, asked of the gateway when they are not here. */
export class WasmModules {
  readonly #gateway: () => Channel;
  readonly #modules = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(gateway: () => Channel) {
    this.#gateway = gateway;
  }

  async bytes(digest: string): Promise<Uint8Array> {
    const known = this.#modules.get(digest);
    if (!known) return this.#ask(digest);
    this.#modules.delete(digest);
    this.#modules.set(digest, known);
    return known;
  }

  async #ask(digest: string): Promise<Uint8Array> {
    const call = this.#gateway().call('blob', { digest }, { deadlineMs: BLOB_DEADLINE_MS });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of call.data) {
      size += chunk.byteLength;
      if (size > MAX_WASM_BYTES)
        throw new CofferdamError('PROTOCOL_VIOLATION', 'a blob is too large');
      chunks.push(chunk);
    }
    await call.reply;
    const module = Buffer.concat(chunks, size);
    if (createHash('sha256').update(module).digest('hex') !== digest) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a blob does not have its digest');
    }
    this.#keep(digest, module);
    return module;
  }

  #keep(digest: string, module: Uint8Array): void {
    this.#modules.set(digest, module);
    this.#bytes += module.byteLength;
    for (const [oldest, { byteLength }] of this.#modules) {
      if (this.#bytes <= MAX_CACHED_BYTES) break;
      this.#modules.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
