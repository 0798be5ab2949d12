import {
  CofferdamError,
  MAX_NETWORK_NAME,
  parseJson,
  parser,
  type RuntimeEnd,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';

/** As deep as a client's message may nest. */
const MAX_DEPTH = 1_000;
const closed = { additionalProperties: false };

const readMessage = parser(
  Type.Union([
    Type.Object(
      {
        event: Type.String({ minLength: 1, maxLength: MAX_NETWORK_NAME }),
        data: Type.Optional(Type.Unknown()),
      },
      closed,
    ),
    Type.Object(
      { id: Type.Integer({ minimum: 0 }), result: Type.Optional(Type.Unknown()) },
      closed,
    ),
    Type.Object(
      {
        id: Type.Integer({ minimum: 0 }),
        error: Type.Object({ message: Type.String({ maxLength: 8_192 }) }, closed),
      },
      closed,
    ),
  ]),
);

/** What a client says to its worker; data is JSON text. */
export type ClientMessage =
  | { event: string; data: string | undefined }
  | { id: number; outcome: { data: string | undefined } | { error: string } };

/** Throws `INVALID_INPUT`, and `PROTOCOL_VIOLATION` for what is no JSON or too deep. */
export function readClientMessage(text: string): ClientMessage {
  const message = readMessage(parseJson(text, { maxDepth: MAX_DEPTH }));
  if ('event' in message) return { event: message.event, data: written(message.data) };
  const { id } = message;
  if ('error' in message) return { id, outcome: { error: message.error.message } };
  return { id, outcome: { data: written(message.result) } };
}

function written(data: unknown): string | undefined {
  return data === undefined ? undefined : JSON.stringify(data);
}

/** One message to a client, of JSON text that was checked before. */
export function eventText(event: string, data: string | undefined): string {
  return `{"event":${JSON.stringify(event)}${data === undefined ? '' : `,"data":${data}`}}`;
}

export function requestText(id: number, method: string, data: string | undefined): string {
  const fields = `"id":${id},"method":${JSON.stringify(method)}`;
  return `{${fields}${data === undefined ? '' : `,"data":${data}`}}`;
}

export function systemText(system: string, details: object): string {
  return JSON.stringify({ system, ...details });
}

const LIMITS: Partial<Record<RuntimeEnd['exitReason'], string>> = {
  CpuTime: 'cpu_limit',
  Memory: 'memory_limit',
};

/** How a worker ended, as its client is told. */
export function endTexts(end: RuntimeEnd | CofferdamError): string[] {
  if (end instanceof CofferdamError) {
    return [systemText('exit', { reason: end.code, message: end.message })];
  }
  const { exitReason, message } = end;
  const limit = LIMITS[exitReason];
  const told = limit === undefined ? [] : [systemText(limit, { message })];
  return [...told, systemText('exit', { reason: limit ?? exitReason, message })];
}
