import type { Socket } from 'node:net';

/** Long enough for an answer to cross a slow line, short enough that nobody gains by keeping it. */
const LINGER_MS = 1_000;

/**
 * Closing a connection whose client still sends resets it, and a client that first hears of it by its
 * writing never reads the answer. So the answer's end is sent, nothing more is read, which makes the
 * client wait, and only then the connection is closed.
 */
export function lingerWhenClosed(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end();
    // After what Node does with the rest of the request, which is to read and drop it.
    setImmediate(() => socket.pause());
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
}
