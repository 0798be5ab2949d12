import { extname } from 'node:path';
import type { FetchStart, FetchStream } from '../../runner/src/bridge/fetch/stream.ts';
import type { TestTree } from './tree.ts';

/** Where the tests believe to be. Nobody else is asked: the tree answers in place of egress. */
export const ORIGIN = 'https://web-platform.test:8443';

const TYPES: Record<string, string> = {
  '.json': 'application/json',
  '.js': 'text/javascript',
  '.html': 'text/html',
  '.txt': 'text/plain',
};

/** What the tests' server answers with the body that it was sent. */
const ECHO = '/fetch/api/resources/echo-content.py';

/** The way out of a run: the files of the tree, an echo, and 404 for the rest. */
export function servedBy(tree: TestTree): (start: FetchStart) => FetchStream {
  return (start) => {
    const { pathname } = new URL(start.url);
    const sent = new Sent();
    const bytes = pathname === ECHO ? sent.whole : tree.read(decodeURIComponent(pathname.slice(1)));
    const type = TYPES[extname(pathname)] ?? 'application/octet-stream';
    const head = bytes.then((found) => ({
      status: found ? 200 : 404,
      statusText: found ? 'OK' : 'Not Found',
      headers: [['content-type', type] as [string, string]],
      url: start.url,
      redirected: false,
    }));
    return {
      head,
      body: bodyOf(bytes),
      write: async (piece) => sent.add(piece),
      endWrite: () => sent.end(),
      abort: () => sent.end(),
    };
  };
}

/** The body of a request. */
class Sent {
  readonly #pieces: Uint8Array[] = [];
  readonly #done = Promise.withResolvers<Buffer>();

  get whole(): Promise<Buffer> {
    return this.#done.promise;
  }
  add(piece: Uint8Array): void {
    this.#pieces.push(Uint8Array.from(piece));
  }
  end(): void {
    this.#done.resolve(Buffer.concat(this.#pieces));
  }
}

async function* bodyOf(bytes: Promise<Buffer | undefined>): AsyncGenerator<Uint8Array> {
  const found = await bytes;
  if (found) yield found;
}
