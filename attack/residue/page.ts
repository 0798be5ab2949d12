import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { PREFIX } from './source.ts';

/** A server of the outside world that gives whoever brings a canary all that a client may keep. */
export class Page implements AsyncDisposable {
  readonly host = '127.0.0.1';
  port = 0;
  requests = 0;
  /** Requests of scripts that brought none, and had one with them all the same. */
  readonly carried: string[] = [];
  /** Connections that more than one tenant's requests came over. */
  shared = 0;
  /** Where requests came from, in their order. */
  readonly ports: number[] = [];
  readonly #owners = new WeakMap<Socket, string>();
  readonly #server = createServer((request, response) => {
    const tenant = new URL(request.url!, 'http://page').pathname;
    const owner = this.#owners.get(request.socket);
    if (owner === undefined) this.ports.push(request.socket.remotePort!);
    if (owner !== undefined && owner !== tenant) this.shared += 1;
    this.#owners.set(request.socket, tenant);
    const { text, headers } = this.#answer(request.headers['x-canary'], request.rawHeaders);
    response.writeHead(200, headers);
    response.end(text);
  });

  /** The same for a guest whose embedder answers it. */
  fetch({ headers: given }: Request): Response {
    const { text, headers } = this.#answer(given.get('x-canary'), [...given]);
    return new Response(text, { headers });
  }

  #answer(own: unknown, given: unknown): { text: string; headers: Pair[] } {
    this.requests += 1;
    if (typeof own === 'string') return { text: own, headers: keepsakes(own) };
    const headers = JSON.stringify(given);
    if (headers.includes(PREFIX)) this.carried.push(headers);
    return { text: 'nothing', headers: [] };
  }

  static async start(): Promise<Page> {
    const page = new Page();
    page.#server.listen(0, page.host);
    await once(page.#server, 'listening');
    page.port = (page.#server.address() as AddressInfo).port;
    return page;
  }

  /** The tenant's own path, by which its requests are known here; a cache's key is the whole of it. */
  url(tenant: string): string {
    return `http://${this.host}:${this.port}/${tenant}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

type Pair = [name: string, value: string];

/** All that a client may keep of an answer. */
function keepsakes(own: string): Pair[] {
  return [
    ['set-cookie', `canary=${own}; Path=/`],
    ['set-cookie', `other=${own}; Domain=127.0.0.1`],
    ['cache-control', 'public, max-age=86400, immutable'],
    ['etag', `"${own}"`],
    ['last-modified', new Date(0).toUTCString()],
    ['link', `</${own}>; rel=preload`],
    ['alt-svc', 'h2=":1"; persist=1'],
    ['www-authenticate', `Basic realm="${own}"`],
  ];
}
