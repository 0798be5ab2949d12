import { Type, type Static } from '../schema/typebox.ts';

/** The spans of one execution, from the request to the engine. A closed set: guests name none. */
export const SPAN_NAMES = [
  'run',
  'queue',
  'dispatch',
  'compile',
  'isolate',
  'execute',
  'bridge',
  'fetch',
  'browser',
  'browser.wait',
] as const;
export type SpanName = (typeof SPAN_NAMES)[number];

const AttributeValue = Type.Union([Type.String({ maxLength: 512 }), Type.Number(), Type.Boolean()]);

/** A finished span as data: ids are given by the gateway, a runner only says what lay in what. */
export const SpanSchema = Type.Object(
  {
    name: Type.Enum([...SPAN_NAMES]),
    /** Milliseconds since the epoch, with a fraction. */
    start: Type.Number(),
    end: Type.Number(),
    /** The index of the enclosing span in the same list; -1 for the run itself. */
    parent: Type.Integer({ minimum: -1, maximum: 255 }),
    error: Type.Optional(Type.String({ maxLength: 512 })),
    attributes: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), AttributeValue, { maxProperties: 16 }),
    ),
  },
  { additionalProperties: false },
);
export type Span = Static<typeof SpanSchema>;
