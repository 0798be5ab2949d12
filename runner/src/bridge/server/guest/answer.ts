import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FetchGroup } from '../../fetch/guest.ts';
import type { PieceSource } from '../../streams/guest/body-source.ts';
import { host } from './host.ts';
import { cancel, end, type Served } from './served.ts';
import { addSocket } from './sockets.ts';

const { jsonStringify, promiseThen, resolvedPromise, typedLength, TypeError } = primordials;

/** A body up to this size goes along with its head; a larger one in pieces of it. */
const PIECE_BYTES = 64 * 1024;

type Sent = NonNullable<ReturnType<FetchGroup['takeResponse']>>;

/** The handler answered: with a response, or with nothing where it has upgraded the request. */
export function answer(served: Served, value: unknown): void {
  try {
    const sent = core.use<FetchGroup>('fetch').takeResponse(value);
    if (served.isOver || served.upgrade) {
      // Of an upgraded request, or one that nobody waits for, no response is sent.
      if (sent?.source) cancel(sent.source);
      if (!served.isOver) connect(served);
      return;
    }
    if (!sent) throw new TypeError('The handler answered no Response');
    if (sent.status < 200) throw new TypeError(`A handler cannot answer ${sent.status}`);
    send(served, sent);
  } catch (error) {
    fail(served, error);
  }
}

/** The caller is told, by the error's name and message. */
export function fail(served: Served, error: unknown): void {
  if (served.isOver) return;
  end(served);
  const { name, message } = core.describeError(error);
  host.tell('fail', served.id, jsonStringify(record({ name, message })), undefined);
}

function connect(served: Served): void {
  const { headers, data } = served.upgrade!;
  end(served);
  addSocket(served.id, served.requestId, data);
  host.tell('upgrade', served.id, headOf(200, '', headers), undefined);
}

function send(served: Served, { status, statusText, headers, bytes, source }: Sent): void {
  const head = headOf(status, statusText, headers);
  const hasBody = (bytes !== undefined && typedLength(bytes) > 0) || source !== undefined;
  if (!hasBody || served.isHead) {
    if (source) cancel(source);
    end(served);
    return host.tell('whole', served.id, head, undefined);
  }
  if (bytes && typedLength(bytes) <= PIECE_BYTES) {
    end(served);
    return host.tell('whole', served.id, head, ownBuffer(bytes, 0, typedLength(bytes)));
  }
  host.tell('head', served.id, head, undefined);
  served.source = source ?? piecesOf(bytes!);
  promiseThen(
    hardened(upload(served, served.source)),
    () => finish(served),
    (error: unknown) => fail(served, error),
  );
}

function finish(served: Served): void {
  if (served.isOver) return;
  end(served);
  host.tell('end', served.id, undefined, undefined);
}

function headOf(status: number, statusText: string, headers: readonly [string, string][]): string {
  const head = list<unknown>();
  head[0] = status;
  head[1] = statusText;
  head[2] = headers;
  return jsonStringify(head);
}

/** As fast as it is taken: a piece is asked for when the one before it is on its way. */
function upload(served: Served, source: PieceSource): Promise<void> {
  const next = (): Promise<void> =>
    promiseThen(hardened(source.pull()), (piece: Uint8Array | undefined) => {
      if (piece === undefined || served.isOver) return;
      return promiseThen(hardened(write(served, piece, 0)), next);
    }) as unknown as Promise<void>;
  return next();
}

function write(served: Served, piece: Uint8Array, from: number): Promise<void> {
  const size = typedLength(piece);
  if (from >= size || served.isOver) return resolvedPromise();
  const to = from + PIECE_BYTES < size ? from + PIECE_BYTES : size;
  const fields = record({ id: served.id });
  const written = core.hostCall('server', 'write', fields, ownBuffer(piece, from, to));
  return promiseThen(hardened(written), () => write(served, piece, to)) as unknown as Promise<void>;
}

function piecesOf(bytes: Uint8Array): PieceSource {
  let piece: Uint8Array | undefined = bytes;
  return record<PieceSource>({
    pull: () => {
      const given = piece;
      piece = undefined;
      return resolvedPromise(given);
    },
    cancel: () => {
      piece = undefined;
    },
  });
}

function ownBuffer(bytes: Uint8Array, from: number, to: number): ArrayBuffer {
  return core.use<EncodingGroup>('encoding').ownBuffer(bytes, from, to);
}
