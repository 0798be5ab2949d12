import {
  checker,
  ERROR_CATALOGUE,
  TicketUseSchema,
  type EgressLogEntry,
  type TicketUse,
} from '@cofferdam/protocol';
import {
  newSpanId,
  type EgressDecision,
  type FinishedSpan,
  type Telemetry,
} from '@cofferdam/telemetry';

/** How many requests were allowed, denied or failed. */
export type Decisions = Record<EgressDecision, number>;

/** What a ticket was used for. */
export interface Use extends Pick<TicketUse, 'requests' | 'log' | 'unlogged'> {
  decisions: Decisions;
}

const checkUse = checker(TicketUseSchema);

/** Nothing for an answer that is none. */
export function readUse(answer: unknown): Use | undefined {
  const checked = checkUse(answer);
  if (!checked.ok) return undefined;
  const { requests, log, unlogged } = checked.value;
  const decisions: Decisions = { allowed: 0, denied: 0, failed: 0 };
  for (const entry of log) decisions[decisionOf(entry)]++;
  return { decisions, requests, log, unlogged };
}

function decisionOf({ decision }: EgressLogEntry): EgressDecision {
  if (decision === 'allowed') return 'allowed';
  return ERROR_CATALOGUE[decision].blame === 'policy' ? 'denied' : 'failed';
}

/** As spans of a trace that is recorded apart: of who lasts longer than one record of it. */
export function recordUse(
  telemetry: Pick<Telemetry, 'exporting' | 'recordSpans'>,
  { log, unlogged }: Use,
  { traceId, spanId, sampled, attributes }: UseTrace,
): void {
  if (!telemetry.exporting || log.length === 0) return;
  const last = log.length - 1;
  const spans = log.map((entry, index) => {
    const span = spanOf(entry, spanId);
    Object.assign(span.attributes, attributes);
    if (index === last && unlogged > 0) span.attributes[UNLOGGED] = unlogged;
    return span;
  });
  telemetry.recordSpans({ traceId, sampled, spans });
}

/** Where in which trace requests belong. */
export interface UseTrace {
  traceId: string;
  /** Absent where the trace has nothing else. */
  spanId?: string;
  sampled: boolean;
  attributes?: NonNullable<FinishedSpan['attributes']>;
}

const UNLOGGED = 'cofferdam.egress.unlogged';

/** A ticket's requests as spans within another one, by the word of the way out: no runner has a say in them. */
export function spansOfUse({ log, unlogged }: Use, parent: FinishedSpan): FinishedSpan[] {
  const within = (time: number) => Math.min(parent.end, Math.max(parent.start, time));
  if (unlogged > 0) {
    parent.attributes = { ...parent.attributes, [UNLOGGED]: unlogged };
  }
  return log.map((entry) => {
    const span = spanOf(entry, parent.spanId);
    return { ...span, start: within(span.start), end: within(span.end) };
  });
}

function spanOf(entry: EgressLogEntry, parentSpanId: string | undefined) {
  const { decision, start, end } = entry;
  return {
    ...{ spanId: newSpanId(), name: 'fetch' as const, start, end },
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    ...(decision === 'allowed' ? {} : { error: decision }),
    attributes: attributesOf(entry),
  };
}

function attributesOf(entry: EgressLogEntry): NonNullable<FinishedSpan['attributes']> {
  const { host, port, method, status, bytesUp, bytesDown, decision } = entry;
  return {
    'server.address': host,
    'server.port': port,
    'http.request.method': method,
    ...(status === undefined ? {} : { 'http.response.status_code': status }),
    'cofferdam.egress.bytes_up': bytesUp,
    'cofferdam.egress.bytes_down': bytesDown,
    'cofferdam.egress.decision': decision,
  };
}
