import { core, primordials } from '../../../guest/captured.ts';
import { setHost, type ServerHooks } from './host.ts';
import { followRequests } from './request-context.ts';
import { abortRequest, beginRequest } from './requests.ts';
import {
  acknowledge,
  closeSocket,
  dropSocket,
  openSocket,
  receiveBytes,
  receiveText,
} from './sockets.ts';

const { setPrototypeOf } = primordials;

/** What the host tells the guest: of a request, or of a connection. Never throws. */
export type TellGuest = (
  kind: string,
  id: number,
  json: string | undefined,
  bytes: ArrayBuffer | undefined,
) => void;

const KINDS: { [kind: string]: (id: number, json: string, bytes: ArrayBuffer) => void } =
  setPrototypeOf(
    {
      request: beginRequest,
      abort: abortRequest,
      open: openSocket,
      text: receiveText,
      binary: receiveBytes,
      close: closeSocket,
      drop: dropSocket,
      sent: (id: number, json: string) => acknowledge(id, +json),
    },
    null,
  );

/** Makes the realm one that serves: once, before any guest code. */
export function openServer(hooks: ServerHooks): TellGuest {
  setHost(hooks);
  followRequests();
  // Every request uses them: made before any guest code, which may break what they are made with.
  core.use('fetch');
  core.use('exception');
  return (kind, id, json, bytes) => {
    try {
      KINDS[kind]!(id, json!, bytes!);
    } catch {
      // What is the guest's is caught where it is called; what is left is a used-up stack or heap.
    }
  };
}
