/** What is slowed down goes in pieces, so that a target hears something in between. */
const SLICE_BYTES = 64 * 1024;

/** A runner's pieces are as large as a frame may be. */
export function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES) {
    yield bytes.subarray(at, at + SLICE_BYTES);
  }
}
