import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server of the outside world that keeps what it is asked. */
export interface Target extends AsyncDisposable {
  port: number;
  url: string;
  /** Requests that were read whole. */
  seen: Seen[];
  /** Connections, whether a request came on them or not. */
  connections: number;
}

/** Answers with what it was asked, unless `answer` takes the path. `host`: the address that it listens on. */
export async function startTarget(
  answer: Record<string, RequestListener> = {},
  host = '127.0.0.1',
): Promise<Target> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const {
      method,
      url: path,
      headers,
    } = request as { method: string; url: string } & typeof request;
    const own = answer[new URL(path, 'http://target').pathname];
    if (own) return own(request, response);
    return void text(request).then((body) => {
      seen.push({ method, path, headers, body });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ method, path, body, headers }));
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target = {
    port,
    url: `http://${host}:${port}`,
    seen,
    connections: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('connection', () => target.connections++);
  return target;
}
