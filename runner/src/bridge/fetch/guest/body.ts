import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, hardened, list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import type { FormGroup } from '../../form/guest.ts';
import type { UrlGroup } from '../../url/guest.ts';
import { Headers } from './headers.ts';
import {
  isDisturbed,
  isLocked,
  isStream,
  makeStream,
  pieceSource,
  takeSource,
  teeStream,
  type PieceSource,
  type ReadableStream,
} from './readable-stream.ts';

const { charCodeAt, isPrototypeOf, jsonParse, promiseThen, rejectedPromise } = primordials;
const { resolvedPromise, stringSlice, typedBuffer, typedLength, typedSet, TypeError, Uint8Array } =
  primordials;
const { bytesOf, decodeUtf8, encodeUtf8, isBufferSource } = core.use<EncodingGroup>('encoding');
const { URLSearchParams } = core.use<UrlGroup>('url');
const getHeader = Headers.prototype.get;
const paramsText = URLSearchParams.prototype.toString;

/** A body as it was given: bytes that are all there, or a stream. */
export interface BodyInit {
  bytes: Uint8Array | undefined;
  stream: ReadableStream | undefined;
  type: string | undefined;
  /** What a stream is made of when somebody wants one. */
  source?: PieceSource | undefined;
}

/** What may be given as a body, and the content type that follows from it. */
export function readBody(value: unknown): BodyInit {
  if (value === null || value === undefined) return body(undefined, undefined);
  if (isStream(value)) {
    return streamBody(value);
  }
  if (isBufferSource(value)) return body(copyOf(bytesOf(value)), undefined);
  if (isPrototypeOf(URLSearchParams.prototype, value as object)) {
    const text = primordials.apply(paramsText, value, []) as string;
    return body(encodeUtf8(text), 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  const file = fileBody(value);
  if (file) return file;
  const iterate = (value as Record<symbol, unknown>)[primordials.asyncIterator];
  if (typeof value === 'object' && typeof iterate === 'function') {
    const source = iteratedSource(value as AsyncIterable<unknown>);
    return record({ bytes: undefined, stream: makeStream(source), type: undefined });
  }
  return body(encodeUtf8(`${value as string}`), 'text/plain;charset=UTF-8');
}

/** A blob or a form. A group that nothing used yet has made neither. */
function fileBody(value: unknown): BodyInit | undefined {
  const form = core.loaded<FormGroup>('form')?.encodeForm(value);
  if (form) return body(form.bytes, form.type);
  const files = core.loaded<FilesGroup>('files');
  const bytes = files?.bytesOfBlob(value);
  // Copied, since a stream hands its bytes to the guest.
  return bytes && body(copyOf(bytes), files!.typeOfBlob(value as never) || undefined);
}

function streamBody(stream: ReadableStream): BodyInit {
  if (isDisturbed(stream) || isLocked(stream)) throw new TypeError('The body is used already');
  return record({ bytes: undefined, stream, type: undefined });
}

function body(bytes: Uint8Array | undefined, type: string | undefined): BodyInit {
  return record({ bytes, stream: undefined, type });
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(typedLength(bytes));
  typedSet(copy, bytes);
  return copy;
}

/** Pieces of any async iterable of bytes or texts. */
function iteratedSource(iterable: AsyncIterable<unknown>): PieceSource {
  const walk = iterable[primordials.asyncIterator]();
  const read = (step: IteratorResult<unknown>) => {
    if (step.done) return undefined;
    if (typeof step.value === 'string') return encodeUtf8(step.value);
    return copyOf(bytesOf(step.value));
  };
  return record<PieceSource>({
    pull: () => promiseThen(resolvedPromise(walk.next()), read) as never,
    cancel: () => void walk.return?.(),
  });
}

/** All pieces of a stream as one. */
function collect(source: PieceSource): Promise<Uint8Array> {
  const pieces = list<Uint8Array>();
  let size = 0;
  const next = (): Promise<Uint8Array> =>
    promiseThen(hardened(source.pull()), (piece: Uint8Array | undefined) => {
      if (piece === undefined) return joined(pieces, size);
      pieces[pieces.length] = piece;
      size += typedLength(piece);
      return next();
    }) as unknown as Promise<Uint8Array>;
  return next();
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    typedSet(bytes, pieces[i]!, at);
    at += typedLength(pieces[i]);
  }
  return bytes;
}

export let bytesNow: (owner: Body) => Uint8Array | undefined;
export let cloneBody: (owner: Body) => BodyInit;
export let takeBody: (owner: Body) => PieceSource | undefined;
/** The body of another request becomes the new one's: the other's is used. */
export let moveBody: (owner: Body) => BodyInit;
export let hasBody: (owner: Body) => boolean;
export let assignBody: (owner: Body, init: BodyInit) => void;
/** The headers that say what the body is. */
export let assignHeaders: (owner: Body, headers: Headers) => void;
let consumeWith: <T>(owner: Body, convert: (bytes: Uint8Array, type: string) => T) => Promise<T>;

/** What Request and Response share. It is the prototype of both, and no global. */
export class Body {
  #bytes: Uint8Array | undefined;
  #stream: ReadableStream | undefined;
  #source: PieceSource | undefined;
  #isUsed = false;
  #headers: Headers | undefined;

  static {
    assignHeaders = (owner, headers) => {
      owner.#headers = headers;
    };
    consumeWith = (owner, convert) => {
      const headers = owner.#headers!;
      return owner.#consume((bytes) => convert(bytes, contentTypeOf(headers)));
    };
    bytesNow = (owner) => {
      // Once somebody has the stream, only it knows what is left.
      if (owner.#stream || !owner.#bytes) return undefined;
      if (owner.#isUsed) throw new TypeError('The body is used already');
      owner.#isUsed = true;
      return owner.#bytes;
    };
    assignBody = (owner, init) => {
      owner.#bytes = init.bytes;
      owner.#stream = init.stream;
      owner.#source = init.source;
    };
    hasBody = (owner) =>
      owner.#bytes !== undefined || owner.#stream !== undefined || owner.#source !== undefined;
    moveBody = (owner) => {
      const bytes = bytesNow(owner);
      if (bytes) return body(bytes, undefined);
      const stream = makeStream(owner.#take()!);
      return record({ bytes: undefined, stream, type: undefined });
    };
    takeBody = (owner) => owner.#take();
    cloneBody = (owner) => owner.#clone();
  }

  get body(): ReadableStream | null {
    if (!this.#stream && (this.#bytes || this.#source)) {
      this.#stream = this.#isUsed ? usedStream() : makeStream(this.#source ?? this.#copied());
    }
    return this.#stream ?? null;
  }

  #copied(): PieceSource {
    return pieceSource(copyOf(this.#bytes!));
  }

  get bodyUsed(): boolean {
    return this.#isUsed || (this.#stream !== undefined && isDisturbed(this.#stream));
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#consume((bytes) => typedBuffer(copyOf(bytes)));
  }
  bytes(): Promise<Uint8Array> {
    return this.#consume((bytes) => copyOf(bytes));
  }
  text(): Promise<string> {
    return this.#consume(textOf);
  }
  json(): Promise<unknown> {
    return this.#consume((bytes) => jsonParse(textOf(bytes)) as unknown);
  }

  #consume<T>(convert: (bytes: Uint8Array) => T): Promise<T> {
    try {
      const source = this.#take();
      const whole = source ? collect(source) : resolvedPromise(new Uint8Array(0));
      return promiseThen(hardened(whole), convert as never) as unknown as Promise<T>;
    } catch (error) {
      return rejectedPromise(error);
    }
  }

  #isLocked(): boolean {
    return this.#stream !== undefined && isLocked(this.#stream);
  }

  #take(): PieceSource | undefined {
    if (this.bodyUsed || this.#isLocked()) throw new TypeError('The body is used already');
    if (this.#stream) return takeSource(this.#stream);
    if (!this.#bytes && !this.#source) return undefined;
    this.#isUsed = true;
    return this.#source ?? pieceSource(this.#bytes!);
  }

  #clone(): BodyInit {
    if (this.bodyUsed || this.#isLocked()) throw new TypeError('The body is used already');
    if (!this.#stream && !this.#source) return body(this.#bytes, undefined);
    const pair = teeStream(this.body!);
    this.#stream = pair[0];
    this.#bytes = undefined;
    this.#source = undefined;
    return record({ bytes: undefined, stream: pair[1], type: undefined });
  }
}

/** Of a body that was read before anybody wanted a stream. */
function usedStream(): ReadableStream {
  const stream = makeStream(pieceSource(new Uint8Array(0)));
  takeSource(stream).cancel(undefined);
  return stream;
}

/** Only where the preset has the classes of what they answer. */
const fileMethods = {
  blob(this: Body): Promise<unknown> {
    return consumeWith(this, (bytes, header) => {
      const { blobOfBytes, parseMime, serializeMime } = core.use<FilesGroup>('files');
      const type = parseMime(header);
      return blobOfBytes(copyOf(bytes), type ? serializeMime(type) : '');
    });
  },
  formData(this: Body): Promise<unknown> {
    return consumeWith(this, (bytes, header) =>
      core.use<FormGroup>('form').parseFormBody(copyOf(bytes), header),
    );
  },
};

if (core.offers('files')) {
  defineMethod('blob');
  defineMethod('formData');
}

defineInterface(Body, 'Body');

function defineMethod(name: keyof typeof fileMethods): void {
  const method = record({ value: fileMethods[name], writable: true, configurable: true });
  primordials.defineProperty(Body.prototype, name, method);
}

function contentTypeOf(headers: Headers): string {
  return (primordials.apply(getHeader, headers, ['content-type']) as string | null) ?? '';
}

/** Without a byte order mark. */
function textOf(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  return text !== '' && charCodeAt(text, 0) === 0xfeff ? stringSlice(text, 1) : text;
}
