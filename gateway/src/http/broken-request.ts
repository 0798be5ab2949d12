import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CofferdamError } from '@cofferdam/protocol';
import { errorBody } from './errors.ts';

const STATUS: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what is no HTTP, too large a head or too slow, and ends the connection. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = STATUS[error.code ?? ''] ?? 400;
  const refusal = new CofferdamError(
    'INVALID_INPUT',
    `${STATUS_CODES[status]}: no request was read.`,
  );
  const body = JSON.stringify(errorBody(refusal, 'none'));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
