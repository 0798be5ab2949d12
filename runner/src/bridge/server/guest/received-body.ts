import { core, primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';
import type { BodyInit } from '../../fetch/guest/body.ts';
import type { PieceSource } from '../../streams/guest/body-source.ts';

const { promiseThen, Uint8Array } = primordials;

/** Who serves a request whose body it may read. */
interface Reader {
  readonly id: number;
}

/** A body as the host gave it: all of it, none, or one that is read from the host as the guest reads it. */
export function receivedBody(
  served: Reader,
  bytes: ArrayBuffer | undefined,
  hasMore: boolean,
): BodyInit {
  return record<BodyInit>({
    bytes: bytes && new Uint8Array(bytes),
    stream: undefined,
    type: undefined,
    source: hasMore ? hostSource(served.id) : undefined,
  });
}

function hostSource(id: number): PieceSource {
  const take = ({ json, bytes }: { json: any; bytes: ArrayBuffer | undefined }) =>
    json.done === true ? undefined : new Uint8Array(bytes!);
  return record<PieceSource>({
    pull: () => {
      const piece = hardened(core.hostCall('server', 'read', record({ id })));
      return promiseThen(piece, take as never) as never;
    },
    // What is not read stays with whoever sends it.
    cancel: () => {},
  });
}
