import { once } from 'node:events';
import { connect } from 'node:net';
import { CofferdamError, type CallHandler } from '@cofferdam/protocol';
import type { Connection } from './connection.ts';
import { greet } from './greet.ts';
import { SocketConnection } from './socket-connection.ts';

interface DialOptions {
  handlers: Record<string, CallHandler>;
  /** Milliseconds until whoever listens has to say hello. */
  leftMs: number;
}

/** `nobody` listens; or somebody did, and the connection was `lost` before a word was said. */
type Dialled = { connection: Connection } | { outcome: 'nobody' | 'lost' };

/** Nobody is there; or so many connect at once that the system takes no more for now. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);
const BUSY = new Set(['EAGAIN', 'ECONNRESET', 'EPIPE']);

/** Connects once. Throws what another try would not mend. */
export async function dialDaemon(path: string, options: DialOptions): Promise<Dialled> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (NOBODY.has(code)) return { outcome: 'nobody' };
    if (BUSY.has(code)) return { outcome: 'lost' };
    throw new CofferdamError('UNAVAILABLE', `cannot connect to ${path}: ${code}`, { cause });
  }
  const description = `the daemon on ${path}`;
  const { handlers, leftMs } = options;
  const connection = new SocketConnection(socket, { handlers, description, handle: socket });
  try {
    await greet(connection, { role: 'daemon', withinMs: leftMs });
    return { connection };
  } catch (error) {
    const { code } = CofferdamError.from(error);
    if (code === 'CONNECTION_LOST' || code === 'SHUTTING_DOWN') return { outcome: 'lost' };
    throw error;
  }
}
