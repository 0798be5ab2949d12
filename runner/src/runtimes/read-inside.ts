import { checker, EXIT_REASONS, GuestErrorSchema } from '@cofferdam/protocol';
import { Type, type TSchema } from '@cofferdam/protocol/typebox';
import type {
  InsideEnd,
  InsideFigures,
  InsideImport,
  InsideOutcome,
  InsideRuntimeFigures,
} from './messages.ts';

/** Runtimes of one process are at most so many: all of a connection. */
const MAX_RUNTIMES = 1_024;
const number = () => Type.Number({ minimum: 0 });

const EndSchema = Type.Object({
  exitReason: Type.Enum([...EXIT_REASONS]),
  message: Type.String({ maxLength: 8192 }),
  error: Type.Optional(GuestErrorSchema),
  cpuTimeMs: number(),
  doomed: Type.Boolean(),
});

const OutcomeSchema = Type.Object({
  exitReason: Type.Enum([...EXIT_REASONS]),
  value: Type.Optional(Type.String({ maxLength: 5 * 1024 * 1024 })),
  exports: Type.Optional(Type.String({ maxLength: 5 * 1024 * 1024 })),
  error: Type.Optional(GuestErrorSchema),
  cpuTimeMs: number(),
  ended: Type.Boolean(),
  portBytes: Type.Optional(Type.Integer({ minimum: 0 })),
});

const RuntimeSchema = Type.Object({
  runtimeId: Type.String({ maxLength: 128 }),
  cpuTimeMs: number(),
  recentCpuMs: number(),
  heapBytes: number(),
});

const FiguresSchema = Type.Object({
  rssBytes: number(),
  runtimes: Type.Array(RuntimeSchema, { maxItems: MAX_RUNTIMES }),
});

const ImportSchema = Type.Object({
  runtimeId: Type.String({ maxLength: 128 }),
  importer: Type.Integer({ minimum: 0 }),
  specifier: Type.String({ minLength: 1, maxLength: 4096 }),
});

function reader<T>(schema: TSchema): (message: unknown) => T | undefined {
  const check = checker(schema);
  return (message) => {
    const checked = check(message);
    return checked.ok ? (checked.value as T) : undefined;
  };
}

/** `undefined` for what no runtime process of ours would say. */
export const readEnd = reader<InsideEnd>(EndSchema);
export const readOutcome = reader<InsideOutcome>(OutcomeSchema);
export const readRuntimeFigures = reader<InsideRuntimeFigures>(RuntimeSchema);
export const readFigures = reader<InsideFigures>(FiguresSchema);
export const readImport = reader<InsideImport>(ImportSchema);
