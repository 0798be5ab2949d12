import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** Every port that a form of the corpus names. */
export const PORTS = [80, 443, 53, 853, 2375, 2379, 6443, 8080, 10_250] as const;
const LINE_END = '\r\n';

/** Servers that any address of this machine leads to, and whom they were reached as. */
export class Listeners {
  /** Connections by the address that they were made to. */
  readonly reached = new Map<string, number>();
  readonly #servers: Server[] = [];

  async listen(): Promise<void> {
    for (const port of PORTS) {
      const server = createServer((socket) => this.#serve(socket));
      this.#servers.push(server.listen(port, '::'));
      // eslint-disable-next-line no-await-in-loop -- a handful
      await once(server, 'listening');
    }
  }

  #serve(socket: Socket): void {
    const address = (socket.localAddress ?? 'unknown').replace(/^::ffff:(?=[0-9.]+$)/, '');
    this.reached.set(address, (this.reached.get(address) ?? 0) + 1);
    socket.on('error', () => {});
    socket.once('data', (head) => socket.end(answerTo(head.toString('latin1'))));
  }
}

/** `/r/<status>/<where, as base64url>` redirects, byte for byte as it was asked to; all else is answered. */
function answerTo(head: string): Buffer {
  const asked = /^[A-Z]+ \/r\/(\d{3})\/([\w-]*)/.exec(head);
  if (!asked) return response('200 OK', [], 'reached');
  const where = Buffer.from(asked[2]!, 'base64url').toString();
  return response(`${asked[1]} Elsewhere`, [`location: ${where}`], '');
}

function response(status: string, fields: readonly string[], body: string): Buffer {
  const about = [`content-length: ${body.length}`, 'connection: close'];
  return Buffer.from([`HTTP/1.1 ${status}`, ...fields, ...about, '', body].join(LINE_END));
}
