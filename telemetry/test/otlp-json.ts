import type { Receiver } from './receiver.ts';

export interface JsonAttribute {
  key: string;
  value: Record<string, unknown>;
}

export interface JsonSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: JsonAttribute[];
  status: { code?: number; message?: string };
}

export interface JsonLog {
  traceId: string;
  spanId: string;
  severityText: string;
  body: { stringValue: string };
  attributes: JsonAttribute[];
}

/** The bodies that came to a path, of a sender that speaks http/json. */
export function jsonOf({ received }: Receiver, path: string) {
  return received
    .filter((request) => request.path === path)
    .map(({ body }) => JSON.parse(body.toString()));
}

export function spansOf(receiver: Receiver): JsonSpan[] {
  return jsonOf(receiver, '/v1/traces').flatMap(
    ({ resourceSpans }) => resourceSpans[0].scopeSpans[0].spans,
  );
}

export function logsOf(receiver: Receiver): JsonLog[] {
  return jsonOf(receiver, '/v1/logs').flatMap(
    ({ resourceLogs }) => resourceLogs[0].scopeLogs[0].logRecords,
  );
}

export function attributesOf(attributes: JsonAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
