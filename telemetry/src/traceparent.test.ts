import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, newTraceIds, parseTraceparent } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  it('is read', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      parentSpanId: SPAN,
      sampled: true,
    });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.sampled).toBe(false);
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-03-more`)?.sampled).toBe(true);
  });

  const INVALID = [
    undefined,
    '',
    'hello',
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01`.padEnd(10_000, '-'),
  ];
  for (const header of INVALID) {
    it(`is ignored where it is none: ${String(header).slice(0, 60)}`, () => {
      expect(parseTraceparent(header)).toBeUndefined();
      expect(newTraceIds(header)).not.toHaveProperty('parentSpanId');
    });
  }

  it('starts a trace that others can read', () => {
    const { traceId, spanId, sampled } = newTraceIds();
    const parsed = parseTraceparent(formatTraceparent(traceId, spanId, sampled));
    expect(parsed).toEqual({ traceId, parentSpanId: spanId, sampled: true });
  });

  it('continues the caller’s trace with a span of its own', () => {
    const ids = newTraceIds(`00-${TRACE}-${SPAN}-00`);
    expect(ids).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, sampled: false });
    expect(ids.spanId).not.toBe(SPAN);
  });

  it('draws ids that differ', () => {
    const ids = new Set(Array.from({ length: 2_000 }, () => newTraceIds().traceId));
    expect(ids.size).toBe(2_000);
  });

  it('never throws, whatever a caller sends', () => {
    fc.assert(fc.property(fc.string(), (header) => void newTraceIds(header)));
  });
});
