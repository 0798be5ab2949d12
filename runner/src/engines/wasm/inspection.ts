import { CofferdamError, DEFAULT_LIMITS, parser, type Limits } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

const MiB = 1024 * 1024;

/** Compiling 16 MiB takes a second or two; the list of 10,000 exports and imports fits into 1 MiB. */
export const INSPECT_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  cpuTimeMs: 10_000,
  wallTimeMs: 20_000,
  memoryBytes: 256 * MiB,
  outputBytes: MiB,
};

const items = Type.Array(
  Type.Object({
    module: Type.Optional(Type.String()),
    name: Type.String(),
    kind: Type.String(),
  }),
  { maxItems: 10_000 },
);
const InspectionSchema = Type.Object({ exports: items, imports: items });

/** What a module exports and imports: names cut at 256 characters, 10,000 of each at most. */
export type Inspection = Static<typeof InspectionSchema>;

const check = parser(InspectionSchema, 'PROTOCOL_VIOLATION');

/** Reads what the inside of a process says of a module. */
export function readInspection(text: string): Inspection {
  try {
    return check(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof CofferdamError) throw cause;
    throw new CofferdamError('PROTOCOL_VIOLATION', 'an inspection is not JSON', { cause });
  }
}
