import { CofferdamError } from '@cofferdam/protocol';
import {
  aFunction,
  anInteger,
  anObject,
  aSignal,
  aText,
  invalid,
  options,
  readable,
} from '../options/check.ts';
import {
  runtimeChecks,
  runtimeOptionsOf,
  type RuntimeOptions,
} from '../options/runtime-options.ts';
import type { CreateAppServerOptions, HandleOptions, WebSocketHandlers } from './types.ts';

const MAX_REQUEST_ID = 128;
const MAX_KEY = 512;
const MAX_PATH = 4_096;
const MAX_REASON_BYTES = 123;
/** Of a message both ways, as of any WebSocket of a guest's. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const read = options({
  ...runtimeChecks,
  key: aText(MAX_KEY),
  entry: aText(MAX_PATH),
  entryFilename: aText(MAX_PATH),
  webSockets: options({ onCommand: aFunction }),
});

export interface AppServerOptions {
  key: string;
  entry: string;
  entryFilename: string | undefined;
  webSockets: WebSocketHandlers;
  /** Of its runtimes. */
  runtime: RuntimeOptions;
}

/** Throws `INVALID_INPUT`, which names the option. */
export function readAppServerOptions(given: unknown): AppServerOptions {
  const {
    key,
    entry,
    entryFilename,
    webSockets = {},
    ...rest
  } = read(given, '') as CreateAppServerOptions;
  if (key === undefined) throw new CofferdamError('INVALID_INPUT', 'key is missing');
  if (entry === undefined) throw new CofferdamError('INVALID_INPUT', 'entry is missing');
  if (!rest.bindings?.modules) {
    throw new CofferdamError('INVALID_INPUT', 'bindings.modules is missing: it has the entry');
  }
  const { spec, ...runtime } = runtimeOptionsOf(rest);
  const features = [...(spec.features ?? []), 'server' as const];
  return {
    ...{ key, entry, entryFilename, webSockets },
    runtime: { ...runtime, spec: { ...spec, features } },
  };
}

const readHandle = options({
  requestId: aText(MAX_REQUEST_ID),
  metadata: anObject,
  signal: aSignal,
});

/** Throws `INVALID_INPUT`, which names the option. */
export function readHandleOptions(given: unknown): HandleOptions {
  return readHandle(given, '');
}

/** This realm's Request, or another library's that is like one. */
export function readRequest(request: unknown): Request {
  const isLike = readable('request', () => {
    const { url, method, headers } = Object(request) as Partial<Request>;
    const isIterable = typeof headers?.[Symbol.iterator] === 'function';
    return typeof url === 'string' && typeof method === 'string' && isIterable;
  });
  if (!isLike) throw invalid('request', 'a Request', request);
  const { bodyUsed, body } = request as Request;
  if (!bodyUsed && !body?.locked) return request as Request;
  throw new CofferdamError('INVALID_INPUT', 'the body of the request is used already');
}

/** A message for a guest. */
export function readMessage(data: unknown): { kind: 'text' | 'binary'; bytes: Uint8Array } {
  const message = messageOf(data);
  if (message.bytes.byteLength <= MAX_MESSAGE_BYTES) return message;
  throw new CofferdamError('BODY_TOO_LARGE', 'a message has at most 4 MiB');
}

function messageOf(data: unknown): { kind: 'text' | 'binary'; bytes: Uint8Array } {
  if (typeof data === 'string') return { kind: 'text', bytes: Buffer.from(data) };
  // Copied: its owner may write to it while it waits for the guest.
  if (data instanceof ArrayBuffer) return { kind: 'binary', bytes: new Uint8Array(data.slice(0)) };
  if (!ArrayBuffer.isView(data)) throw invalid('data', 'a text or bytes', data);
  const { buffer, byteOffset, byteLength } = data;
  return { kind: 'binary', bytes: new Uint8Array(buffer, byteOffset, byteLength).slice() };
}

const closeCode = anInteger(1_000, 4_999);

/** How a connection was closed; 1005 stands for no code. */
export function readClosing(code: unknown, reason: unknown): { code: number; reason: string } {
  return {
    code: code === undefined ? 1005 : closeCode(code, 'code'),
    reason: reason === undefined ? '' : shortText(reason),
  };
}

/** What broke a connection, as short as a close can say it. */
export function readFailure(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : 'the connection failed';
  return cut(text);
}

function shortText(reason: unknown): string {
  if (typeof reason === 'string') return cut(reason);
  throw invalid('reason', 'a text', reason);
}

/** To what a close frame holds, without half a character at its end. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= MAX_REASON_BYTES) return text;
  return bytes.toString('utf8', 0, MAX_REASON_BYTES).replace(/\ufffd$/, '');
}
