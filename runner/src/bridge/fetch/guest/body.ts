import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, hardened, list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { UrlGroup } from '../../url/guest.ts';
import {
  isDisturbed,
  isStream,
  makeStream,
  pieceSource,
  takeSource,
  teeSource,
  type PieceSource,
  type ReadableStream,
} from './readable-stream.ts';

const { charCodeAt, isPrototypeOf, jsonParse, promiseThen, rejectedPromise } = primordials;
const { resolvedPromise, stringSlice, typedBuffer, typedLength, typedSet, TypeError, Uint8Array } =
  primordials;
const { bytesOf, decodeUtf8, encodeUtf8, isBufferSource } = core.use<EncodingGroup>('encoding');
const { URLSearchParams } = core.use<UrlGroup>('url');
const paramsText = URLSearchParams.prototype.toString;

/** A body as it was given: bytes that are all there, or a stream. */
export interface BodyInit {
  bytes: Uint8Array | undefined;
  stream: ReadableStream | undefined;
  type: string | undefined;
}

/** What may be given as a body, and the content type that follows from it. */
export function readBody(value: unknown): BodyInit {
  if (value === null || value === undefined) return body(undefined, undefined);
  if (isStream(value)) {
    if (isDisturbed(value) || value.locked) throw new TypeError('The body is used already');
    return record({ bytes: undefined, stream: value, type: undefined });
  }
  if (isBufferSource(value)) return body(copyOf(bytesOf(value)), undefined);
  if (isPrototypeOf(URLSearchParams.prototype, value as object)) {
    const text = primordials.apply(paramsText, value, []) as string;
    return body(encodeUtf8(text), 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  const iterate = (value as Record<symbol, unknown>)[primordials.asyncIterator];
  if (typeof value === 'object' && typeof iterate === 'function') {
    const source = iteratedSource(value as AsyncIterable<unknown>);
    return record({ bytes: undefined, stream: makeStream(source), type: undefined });
  }
  return body(encodeUtf8(`${value as string}`), 'text/plain;charset=UTF-8');
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

/** What Request and Response share. It is the prototype of both, and no global. */
export class Body {
  #bytes: Uint8Array | undefined;
  #stream: ReadableStream | undefined;
  #isUsed = false;

  static {
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
    };
    hasBody = (owner) => owner.#bytes !== undefined || owner.#stream !== undefined;
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
    if (!this.#stream && this.#bytes) {
      this.#stream = makeStream(pieceSource(this.#bytes));
      if (this.#isUsed) void this.#stream.cancel();
    }
    return this.#stream ?? null;
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

  #take(): PieceSource | undefined {
    if (this.bodyUsed || this.#stream?.locked) throw new TypeError('The body is used already');
    if (this.#stream) return takeSource(this.#stream);
    if (!this.#bytes) return undefined;
    this.#isUsed = true;
    return pieceSource(this.#bytes);
  }

  #clone(): BodyInit {
    if (this.bodyUsed || this.#stream?.locked) throw new TypeError('The body is used already');
    if (!this.#stream) return body(this.#bytes, undefined);
    const pair = teeSource(takeSource(this.#stream));
    this.#stream = pair[0];
    this.#bytes = undefined;
    return record({ bytes: undefined, stream: pair[1], type: undefined });
  }
}

defineInterface(Body, 'Body');

/** Without a byte order mark. */
function textOf(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  return text !== '' && charCodeAt(text, 0) === 0xfeff ? stringSlice(text, 1) : text;
}
