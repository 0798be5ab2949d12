import { invalidInput } from './error.ts';

/** What {@link createClient} is told. */
export interface ClientOptions {
  /** Where the gateway is, such as `http://127.0.0.1:5900`; a path is kept, as a prefix. */
  baseUrl: string | URL;
  /** The bearer token, or what is asked for one before every request. Default: none is sent. */
  token?: string | (() => string | Promise<string>);
  /** The namespace to run in, and of scripts. Default: for runs the gateway's choice, for scripts `default`. */
  namespace?: string;
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** The options after they were checked. */
export interface Settings {
  /** Without a slash at its end. */
  base: string;
  namespace: string | undefined;
  token(): Promise<string | undefined>;
  fetch: typeof globalThis.fetch;
}

const NAMES = new Set(['baseUrl', 'token', 'namespace', 'fetch']);
/** Kubernetes' names of namespaces. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What may stand behind `Bearer `. */
const TOKEN = /^[!-~]+$/;

/** Throws `INVALID_INPUT` that names the option. */
export function readOptions(options: ClientOptions): Settings {
  for (const name of Object.keys(Object(options) as object)) {
    if (!NAMES.has(name)) throw invalidInput(`${name}: is no option of the client`);
  }
  const { baseUrl, token, namespace, fetch = globalThis.fetch } = Object(options) as ClientOptions;
  if (typeof fetch !== 'function') throw invalidInput('fetch: must be a function');
  if (token !== undefined && typeof token !== 'function') checkToken(token);
  return {
    base: readBaseUrl(baseUrl),
    namespace: readNamespace(namespace),
    // Called without a receiver: a browser's own refuses any but the global object.
    fetch: (input, init) => fetch(input, init),
    token: async () => {
      const given = typeof token === 'function' ? await token() : token;
      return given === undefined ? undefined : checkToken(given);
    },
  };
}

export function readNamespace(namespace: unknown): string | undefined {
  if (namespace === undefined) return undefined;
  if (typeof namespace === 'string' && NAMESPACE.test(namespace)) return namespace;
  throw invalidInput(`namespace: must match ${NAMESPACE.source}`);
}

/** The token itself is in no message. */
function checkToken(token: unknown): string {
  if (typeof token === 'string' && TOKEN.test(token)) return token;
  throw invalidInput('token: must be a text of visible ASCII characters without spaces');
}

function readBaseUrl(baseUrl: unknown): string {
  const text = String(baseUrl);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalidInput('baseUrl: must be an address that begins with http:// or https://');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalidInput('baseUrl: must have no user, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}
