import { getterOf, uncurry } from '../../../guest/intrinsics.ts';

/**
 * What the host script needs of Deno's own, captured before guest code runs in the same realm: a
 * script that patches the built-ins must not break its own console, fetch or result.
 */
export const Bytes = Uint8Array;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
export const byteLength: (bytes: Uint8Array) => number = getterOf(typedArray, 'byteLength');
export const isBytes = (value: unknown): value is Uint8Array =>
  typedArrayTag(value) === 'Uint8Array';
const typedArrayTag = getterOf(typedArray, Symbol.toStringTag);
type Cut = (bytes: Uint8Array, start?: number, end?: number) => Uint8Array<ArrayBuffer>;
export const subarray: Cut = uncurry(typedArray.subarray) as Cut;
export const copyBytes: Cut = uncurry(typedArray.slice) as Cut;
export const setBytes: (target: Uint8Array, source: Uint8Array, at?: number) => void = uncurry(
  typedArray.set,
);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encodeText = uncurry(TextEncoder.prototype.encode);
const decodeText = uncurry(TextDecoder.prototype.decode);
export const encode = (text: string): Uint8Array<ArrayBuffer> => encodeText(encoder, text);
export const decode = (bytes: Uint8Array<ArrayBuffer>): string => decodeText(decoder, bytes);

export const NativeRequest = Request;
export const NativeResponse = Response;
export const NativeHeaders = Headers;
export const NativeStream = ReadableStream;
export const nativeFetch = fetch;
export const requestUrl: (request: Request) => string = getterOf(Request.prototype, 'url');
export const requestMethod: (request: Request) => string = getterOf(Request.prototype, 'method');
export const requestHeaders: (request: Request) => Headers = getterOf(Request.prototype, 'headers');
export const requestRedirect: (request: Request) => RequestRedirect = getterOf(
  Request.prototype,
  'redirect',
);
export const requestBody: (request: Request) => ReadableStream<Uint8Array> | null = getterOf(
  Request.prototype,
  'body',
);
export const requestSignal: (request: Request) => AbortSignal = getterOf(
  Request.prototype,
  'signal',
);
export const signalAborted: (signal: AbortSignal) => boolean = getterOf(
  AbortSignal.prototype,
  'aborted',
);
export const signalReason: (signal: AbortSignal) => unknown = getterOf(
  AbortSignal.prototype,
  'reason',
);
export const forEachHeader = uncurry(Headers.prototype.forEach);
export const appendHeader = uncurry(Headers.prototype.append);
export const cloneResponse: (response: Response) => Response = uncurry(Response.prototype.clone);
export const listen = uncurry(EventTarget.prototype.addEventListener);

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
export const streamReader = uncurry(ReadableStream.prototype.getReader) as (
  stream: ReadableStream,
) => Reader;
export const readStream: (reader: Reader) => ReturnType<Reader['read']> = uncurry(
  ReadableStreamDefaultReader.prototype.read,
);
const controller = ReadableStreamDefaultController.prototype;
export const enqueue = uncurry(controller.enqueue);
export const closeStream = uncurry(controller.close);
export const failStream = uncurry(controller.error);
export const soon = queueMicrotask;

const { stdin, stdout } = Deno;
export const readInput = stdin.read.bind(stdin);
export const writeOutput = stdout.writeSync.bind(stdout);
export const exit = Deno.exit;
