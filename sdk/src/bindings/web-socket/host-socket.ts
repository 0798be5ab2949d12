import { CofferdamError } from '@cofferdam/protocol';

type Listener = (event: {
  data?: unknown;
  code?: number;
  reason?: string;
  wasClean?: boolean;
}) => void;

/** What of a WebSocket of this process is used: the standard's, which Node, browsers and `ws` have. */
export interface HostWebSocket {
  binaryType: string;
  readonly readyState: number;
  readonly protocol: string;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: Listener): void;
}

const CONNECTING = 0;
const OPEN = 1;

/** Throws a TypeError for what is none. */
export function asSocket(given: unknown): HostWebSocket {
  const socket = Object(given) as HostWebSocket;
  const isOne =
    typeof socket.addEventListener === 'function' &&
    typeof socket.send === 'function' &&
    typeof socket.close === 'function' &&
    typeof socket.readyState === 'number';
  if (!isOne) throw new TypeError('the handler of websocket answered no WebSocket');
  // Of a socket that fails while nobody listens some libraries make an error of the process.
  socket.addEventListener('error', () => {});
  socket.binaryType = 'arraybuffer';
  return socket;
}

/** Resolves once messages can be sent. */
export async function opened(socket: HostWebSocket): Promise<void> {
  if (socket.readyState === CONNECTING) {
    await new Promise<void>((resolve) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('close', () => resolve());
    });
  }
  if (socket.readyState !== OPEN) {
    throw new CofferdamError('EGRESS_FAILED', 'the WebSocket could not be opened');
  }
}

export function closeQuietly(socket: HostWebSocket): void {
  try {
    socket.close();
  } catch {
    // It never began, or is over.
  }
}
