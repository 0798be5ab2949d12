import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import { partsOfCanonical } from './canonical.ts';
import type { UrlParts } from './parts.ts';
import { attach, reload, URLSearchParams, usv } from './url-search-params.ts';

const { stringSlice, TypeError } = primordials;

function parse(url: unknown, base: unknown): UrlParts | null {
  const known = base === undefined ? partsOfCanonical(url) : undefined;
  if (known) return known;
  const fields = record<{ url: string; base?: string }>({ url: usv(url) });
  if (base !== undefined) fields.base = usv(base);
  const { json } = core.hostCallSync('url', 'parse', fields);
  return json === null ? null : record(json as UrlParts);
}

/** What the constructor takes for parsed, so that `parse` asks the host once. */
let ready: UrlParts | undefined;

export class URL {
  #parts: UrlParts;
  #params: URLSearchParams | undefined;

  constructor(url: unknown, base: unknown = undefined) {
    if (arguments.length === 0) throw new TypeError('A URL needs a text');
    const parts = ready ?? parse(url, base);
    ready = undefined;
    if (!parts) throw new TypeError('Invalid URL');
    this.#parts = parts;
  }

  static parse(url: unknown, base: unknown = undefined): URL | null {
    if (arguments.length === 0) throw new TypeError('A URL needs a text');
    const parts = parse(url, base);
    if (!parts) return null;
    ready = parts;
    return new URL('');
  }

  static canParse(url: unknown, base: unknown = undefined): boolean {
    if (arguments.length === 0) throw new TypeError('A URL needs a text');
    return parse(url, base) !== null;
  }

  get href(): string {
    return this.#parts.href;
  }
  set href(value: unknown) {
    const parts = parse(value, undefined);
    if (!parts) throw new TypeError('Invalid URL');
    this.#replace(parts);
  }
  get origin(): string {
    return this.#parts.origin;
  }
  get protocol(): string {
    return this.#parts.protocol;
  }
  set protocol(value: unknown) {
    this.#set('protocol', value);
  }
  get username(): string {
    return this.#parts.username;
  }
  set username(value: unknown) {
    this.#set('username', value);
  }
  get password(): string {
    return this.#parts.password;
  }
  set password(value: unknown) {
    this.#set('password', value);
  }
  get host(): string {
    return this.#parts.host;
  }
  set host(value: unknown) {
    this.#set('host', value);
  }
  get hostname(): string {
    return this.#parts.hostname;
  }
  set hostname(value: unknown) {
    this.#set('hostname', value);
  }
  get port(): string {
    return this.#parts.port;
  }
  set port(value: unknown) {
    this.#set('port', value);
  }
  get pathname(): string {
    return this.#parts.pathname;
  }
  set pathname(value: unknown) {
    this.#set('pathname', value);
  }
  get search(): string {
    return this.#parts.search;
  }
  set search(value: unknown) {
    this.#set('search', value);
  }
  get searchParams(): URLSearchParams {
    if (!this.#params) {
      this.#params = new URLSearchParams(this.#parts.search);
      attach(this.#params, (query) => {
        this.#parts = changed(this.#parts, 'search', query);
      });
    }
    return this.#params;
  }
  get hash(): string {
    return this.#parts.hash;
  }
  set hash(value: unknown) {
    this.#set('hash', value);
  }

  toString(): string {
    return this.#parts.href;
  }
  toJSON(): string {
    return this.#parts.href;
  }

  #set(name: keyof UrlParts, value: unknown): void {
    this.#replace(changed(this.#parts, name, usv(value)));
  }

  #replace(parts: UrlParts): void {
    this.#parts = parts;
    if (this.#params) reload(this.#params, stringSlice(parts.search, 1));
  }
}

function changed({ href }: UrlParts, name: keyof UrlParts, value: string): UrlParts {
  return record(core.hostCallSync('url', 'set', record({ href, name, value })).json as UrlParts);
}

defineInterface(URL, 'URL');
