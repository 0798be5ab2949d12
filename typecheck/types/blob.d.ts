/// <reference path="./binary.d.ts" />
/// <reference path="./stream-types.d.ts" />

type BlobPart = BufferSource | Blob | string;
interface BlobPropertyBag {
  type?: string;
  endings?: 'transparent' | 'native';
}
interface Blob {
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number, contentType?: string): Blob;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
}
declare var Blob: {
  prototype: Blob;
  new (parts?: Iterable<BlobPart>, options?: BlobPropertyBag): Blob;
};

interface FilePropertyBag extends BlobPropertyBag {
  /** Milliseconds since 1970. Default: now. */
  lastModified?: number;
}
interface File extends Blob {
  readonly name: string;
  readonly lastModified: number;
}
declare var File: {
  prototype: File;
  new (parts: Iterable<BlobPart>, name: string, options?: FilePropertyBag): File;
};

interface BodyInits {
  blob: Blob;
}
interface Body {
  blob(): Promise<Blob>;
}
