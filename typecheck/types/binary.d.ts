/** Bytes: a buffer, or a view of one. */
type BufferSource = ArrayBufferView | ArrayBuffer;
