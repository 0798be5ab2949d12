import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import {
  checker,
  CofferdamError,
  ERROR_CATALOGUE,
  TunnelStartSchema,
  type TunnelStart,
} from '@cofferdam/protocol';
import type { WayOut } from './way-out.ts';

/** Answered by the proxy itself: whoever has been there has shown Chromium's network its credentials. */
export const GREETING = 'http://session.invalid/';
const GREETING_ORIGIN = new URL(GREETING).origin;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80 };
const PROXY_AUTHENTICATION = 407;
const ASK = 'Basic realm="session"';
/** About the way to us and not about the target. */
const HOP_BY_HOP = [
  'proxy-authorization',
  'proxy-authenticate',
  'proxy-connection',
  'connection',
  'keep-alive',
  'te',
];
const MAX_HEAD_BYTES = 64 * 1024;
const readStart = checker(TunnelStartSchema);

/**
 * The only way out that Chromium has: an HTTP proxy on 127.0.0.1. Whose connection it is it says with its
 * credentials; what it may reach is decided by egress, for the ticket of that session.
 */
export class Proxy {
  readonly #server: Server;
  readonly #sessions = new Map<string, WayOut>();

  private constructor() {
    this.#server = createServer({ maxHeaderSize: MAX_HEAD_BYTES }, (request, response) => {
      void this.#forward(request, response);
    });
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#connect(request, socket, head);
    });
    // A WebSocket without TLS comes as a CONNECT too; nothing else is upgraded.
    this.#server.on('upgrade', (_request: IncomingMessage, socket: Duplex) => socket.destroy());
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async listen(): Promise<Proxy> {
    const proxy = new Proxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(wayOut: WayOut): void {
    this.#sessions.set(credentials(wayOut), wayOut);
  }

  delete(wayOut: WayOut): void {
    this.#sessions.delete(credentials(wayOut));
    wayOut.close();
  }

  async close(): Promise<void> {
    for (const wayOut of this.#sessions.values()) wayOut.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => {});
    const wayOut = this.#sessionOf(request);
    if (!wayOut)
      return refuseConnect(socket, PROXY_AUTHENTICATION, `proxy-authenticate: ${ASK}\r\n`);
    const start = startOf(URL.parse(`http://${request.url}`), undefined);
    if (!start) return refuseConnect(socket, 400);
    try {
      const tunnel = await wayOut.open(start);
      if (socket.destroyed) return void tunnel.destroy();
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.byteLength > 0) socket.unshift(head);
      pipeline(socket, tunnel, socket, () => {});
    } catch (error) {
      refuseConnect(socket, statusOf(error));
    }
  }

  /** A request of plain HTTP: on a connection of its own, which is a tunnel as any other. */
  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wayOut = this.#sessionOf(request);
    if (!wayOut) return respond(response, PROXY_AUTHENTICATION, '', { 'proxy-authenticate': ASK });
    const url = URL.parse(request.url ?? '');
    if (url?.origin === GREETING_ORIGIN) return respond(response, 200, '');
    const start = startOf(url, 'http:');
    if (!url || !start) return respond(response, 400, 'not an address of http');
    try {
      const tunnel = await wayOut.open(start);
      if (response.destroyed) return void tunnel.destroy();
      await relay({ request, response, url, tunnel });
    } catch (error) {
      const { code, message } = CofferdamError.from(error);
      respond(response, statusOf(error), `${code}: ${message}`);
    }
  }

  #sessionOf({ headers }: IncomingMessage): WayOut | undefined {
    return this.#sessions.get(headers['proxy-authorization'] ?? '');
  }
}

interface Relay {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  tunnel: Duplex;
}

async function relay({ request, response, url, tunnel }: Relay): Promise<void> {
  const onward = httpRequest({
    createConnection: () => tunnel,
    method: request.method,
    path: url.pathname + url.search,
    headers: withoutWay(request.rawHeaders),
    setHost: false,
  });
  response.once('close', () => tunnel.destroy());
  pipeline(request, onward, () => {});
  onward.on('error', () => {});
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  // In a target's name it would ask Chromium for the credentials that are ours.
  if (answer.statusCode === PROXY_AUTHENTICATION) {
    answer.destroy();
    return respond(response, 502, 'the target answered as only a proxy may');
  }
  response.writeHead(answer.statusCode!, answer.statusMessage, withoutWay(answer.rawHeaders));
  pipeline(answer, response, () => {});
}

/** Node frames the body anew, on both sides. */
function withoutWay(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    if (!HOP_BY_HOP.includes(raw[at]!.toLowerCase())) kept.push(raw[at]!, raw[at + 1]!);
  }
  return kept;
}

function startOf(url: URL | null, protocol: string | undefined): TunnelStart | undefined {
  if (!url || (protocol !== undefined && url.protocol !== protocol)) return undefined;
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  const checked = readStart({ host: url.hostname, port });
  return checked.ok ? checked.value : undefined;
}

function credentials({ username, password }: WayOut): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** 403 for what no rule allows, 502 for what could not be reached. */
function statusOf(error: unknown): number {
  return ERROR_CATALOGUE[CofferdamError.from(error).code].blame === 'policy' ? 403 : 502;
}

function refuseConnect(socket: Duplex, status: number, headers = ''): void {
  socket.end(
    `HTTP/1.1 ${status} Refused\r\n${headers}connection: close\r\ncontent-length: 0\r\n\r\n`,
  );
}

function respond(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}
