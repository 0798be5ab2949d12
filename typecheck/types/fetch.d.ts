/// <reference path="./binary.d.ts" />
/// <reference path="./abort.d.ts" />
/// <reference path="./url.d.ts" />
/// <reference path="./stream-types.d.ts" />

type HeadersInit = Headers | Record<string, string> | Iterable<readonly string[]>;
interface Headers {
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: any): void;
  entries(): IteratorObject<[string, string], undefined>;
  keys(): IteratorObject<string, undefined>;
  values(): IteratorObject<string, undefined>;
  [Symbol.iterator](): IteratorObject<[string, string], undefined>;
}
declare var Headers: { prototype: Headers; new (init?: HeadersInit): Headers };

/** What may be a body, by kind; other groups add theirs. */
interface BodyInits {
  text: string;
  bytes: BufferSource;
  params: URLSearchParams;
  stream: ReadableStream<Uint8Array>;
  iterable: AsyncIterable<Uint8Array>;
}
type BodyInit = BodyInits[keyof BodyInits];

interface Body {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
  json(): Promise<any>;
}

type RequestRedirect = 'follow' | 'error' | 'manual';
type RequestMode = 'cors' | 'no-cors' | 'same-origin';
type RequestCredentials = 'include' | 'omit' | 'same-origin';
type RequestCache =
  'default' | 'force-cache' | 'no-cache' | 'no-store' | 'only-if-cached' | 'reload';
type ReferrerPolicy =
  | ''
  | 'no-referrer'
  | 'no-referrer-when-downgrade'
  | 'origin'
  | 'origin-when-cross-origin'
  | 'same-origin'
  | 'strict-origin'
  | 'strict-origin-when-cross-origin'
  | 'unsafe-url';
/** What concerns a page's relation to its servers. It is read back, and changes nothing here. */
interface RequestPageInit {
  mode?: RequestMode;
  credentials?: RequestCredentials;
  cache?: RequestCache;
  referrer?: string;
  referrerPolicy?: ReferrerPolicy;
  integrity?: string;
  keepalive?: boolean;
}
interface RequestInit extends RequestPageInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: RequestRedirect;
  signal?: AbortSignal | null;
  /** Says that the body is sent before the answer is read; required by browsers for streams. */
  duplex?: 'half';
}
interface Request extends Body {
  readonly mode: RequestMode;
  readonly credentials: RequestCredentials;
  readonly cache: RequestCache;
  readonly referrer: string;
  readonly referrerPolicy: ReferrerPolicy;
  readonly integrity: string;
  readonly keepalive: boolean;
  readonly destination: '';
  readonly duplex: 'half';
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly redirect: RequestRedirect;
  readonly signal: AbortSignal;
  clone(): Request;
}
type RequestInfo = Request | string | URL;
declare var Request: { prototype: Request; new (input: RequestInfo, init?: RequestInit): Request };

type ResponseType = 'basic' | 'cors' | 'default' | 'error' | 'opaque' | 'opaqueredirect';
interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersInit;
}
interface Response extends Body {
  readonly type: ResponseType;
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: Headers;
  clone(): Response;
}
declare var Response: {
  prototype: Response;
  new (body?: BodyInit | null, init?: ResponseInit): Response;
  error(): Response;
  json(data: any, init?: ResponseInit): Response;
  redirect(url: string | URL, status?: 301 | 302 | 303 | 307 | 308): Response;
};

/** Reaches the hosts that the run is permitted to reach. */
declare function fetch(input: RequestInfo, init?: RequestInit): Promise<Response>;
