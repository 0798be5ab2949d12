import {
  codeOfExit,
  CofferdamError,
  DATA_CHUNK_BYTES,
  LASTING,
  parser,
  PREFIX_METHODS,
  PrefixEndSchema,
  PrefixOpenedSchema,
  type OutgoingCall,
  type PrefixEnd,
  type PrefixSpec,
} from '@cofferdam/protocol';
import type { Connection } from '../connection/connection.ts';
import { ScriptError } from '../host/script-error.ts';
import type { PrefixOptions } from './options.ts';

const MiB = 1024 * 1024;

const readOpened = parser(PrefixOpenedSchema, 'PROTOCOL_VIOLATION');
const readEnd = parser(PrefixEndSchema, 'PROTOCOL_VIOLATION');

/** Has a keeper compile and evaluate a prefix; resolves with its id, which lasts until `signal` aborts. */
export async function openPrefix(
  { channel }: Connection,
  options: PrefixOptions,
  signal: AbortSignal,
): Promise<string> {
  const source = Buffer.from(options.code);
  const opened = Promise.withResolvers<string>();
  const call = channel.call(PREFIX_METHODS.open, specOf(options, source.byteLength), {
    deadlineMs: LASTING,
    signal,
    onEvent: (event) => opened.resolve(readOpened(event).prefixId),
  });
  send(call, source).catch(() => {});
  call.reply.then(readEnd).then(
    (end) => opened.reject(failureOf(end)),
    (error: unknown) => opened.reject(error),
  );
  return await opened.promise;
}

function specOf({ globals, preset, memoryMb, filename }: PrefixOptions, codeBytes: number) {
  const spec: PrefixSpec = {
    preset,
    memoryBytes: memoryMb * MiB,
    codeBytes,
    ...(filename !== undefined && { filename }),
    fetch: globals.fetch !== undefined,
    functions: Object.keys(globals.functions),
    ...(globals.data !== undefined && { data: globals.data }),
  };
  return spec;
}

async function send(call: OutgoingCall, source: Buffer): Promise<void> {
  for (let at = 0; at < source.byteLength; at += DATA_CHUNK_BYTES) {
    // eslint-disable-next-line no-await-in-loop -- one piece after the other is what a stream is
    await call.write(source.subarray(at, at + DATA_CHUNK_BYTES));
  }
  call.end();
}

function failureOf({ exitReason, error }: PrefixEnd): Error {
  if (exitReason === 'Exception' || exitReason === 'CompileError') {
    return new ScriptError(exitReason, error);
  }
  if (exitReason === 'Completed') return new CofferdamError('PROTOCOL_VIOLATION');
  return new CofferdamError(codeOfExit(exitReason), error.message);
}
