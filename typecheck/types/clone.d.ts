interface StructuredSerializeOptions {
  /** What is moved, not copied: array buffers, message ports and streams. */
  transfer?: readonly object[];
}
declare function structuredClone<T>(value: T, options?: StructuredSerializeOptions): T;
