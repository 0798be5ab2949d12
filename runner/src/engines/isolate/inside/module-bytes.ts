import { CofferdamError, MAX_WASM_BYTES, type IncomingCall } from '@cofferdam/protocol/base';

/** The WebAssembly module that follows a `run` call as data, in a buffer that can be transferred. */
export async function readModule(call: IncomingCall): Promise<ArrayBuffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.data) {
    size += chunk.byteLength;
    if (size > MAX_WASM_BYTES)
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a module is too large');
    chunks.push(chunk);
  }
  const module = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    module.set(chunk, at);
    at += chunk.byteLength;
  }
  return module.buffer;
}
