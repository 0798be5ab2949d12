import { randomBytes } from 'node:crypto';

/** W3C trace context, level 1: what a caller's `traceparent` says. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  parentSpanId: string;
  sampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const INVALID_VERSION = 'ff';
const SAMPLED = 1;
const MAX_CHARS = 256;

/** Reads a `traceparent` header; `undefined` when it is none (the trace then starts here). */
export function parseTraceparent(header: string | undefined): TraceParent | undefined {
  if (header === undefined || header.length > MAX_CHARS) return undefined;
  const match = TRACEPARENT.exec(header.trim());
  if (!match) return undefined;
  const [, version, traceId, parentSpanId, flags, more] = match as unknown as string[];
  if (version === INVALID_VERSION || /^0+$/.test(traceId!) || /^0+$/.test(parentSpanId!)) {
    return undefined;
  }
  // Version 00 has exactly four fields; a later one may have more.
  if (version === '00' && more !== undefined) return undefined;
  return {
    traceId: traceId!,
    parentSpanId: parentSpanId!,
    sampled: (Number.parseInt(flags!, 16) & SAMPLED) === SAMPLED,
  };
}

export function formatTraceparent(traceId: string, spanId: string, sampled = true): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Random bytes are drawn a page at a time: a call for each id costs ten times as much. */
const POOL_BYTES = 4096;
let pool = randomBytes(POOL_BYTES);
let taken = 0;

function hex(bytes: number): string {
  if (taken + bytes > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    taken = 0;
  }
  taken += bytes;
  return pool.toString('hex', taken - bytes, taken);
}

/** A random trace id that is not all zeroes, as the standard wants. */
export function newTraceId(): string {
  const id = hex(16);
  return /[1-9a-f]/.test(id) ? id : newTraceId();
}

export function newSpanId(): string {
  const id = hex(8);
  return /[1-9a-f]/.test(id) ? id : newSpanId();
}

export interface TraceIds {
  traceId: string;
  spanId: string;
  /** The caller's span. */
  parentSpanId?: string;
  sampled: boolean;
}

/** The trace and root span of a new run: the caller's trace where it gave one. */
export function newTraceIds(traceparent?: string): TraceIds {
  const parent = parseTraceparent(traceparent);
  if (!parent) return { traceId: newTraceId(), spanId: newSpanId(), sampled: true };
  return {
    traceId: parent.traceId,
    spanId: newSpanId(),
    parentSpanId: parent.parentSpanId,
    sampled: parent.sampled,
  };
}
