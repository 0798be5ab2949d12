import { Type, type Static } from '../schema/typebox.ts';
import { CONSOLE_LEVELS, LAYERS } from './guest-options.ts';
import { EXIT_REASONS, type ExitReason } from './exit-reason.ts';
import { SpanSchema } from './span.ts';

const closed = { additionalProperties: false };
const MAX_RESULT_TEXT = 5 * 1024 * 1024;
const text = (maxLength: number) => Type.String({ maxLength });
const figure = () => Type.Number({ minimum: 0 });

export const LogLineSchema = Type.Object(
  {
    level: Type.Enum([...CONSOLE_LEVELS]),
    message: text(MAX_RESULT_TEXT),
    /** Milliseconds since the epoch. */
    time: Type.Number(),
  },
  closed,
);
export type LogLine = Static<typeof LogLineSchema>;

/** What a guest threw, or why it could not be run. Every text is the guest's word, cut to size. */
export const GuestErrorSchema = Type.Object(
  {
    name: text(256),
    message: text(8192),
    stack: Type.Optional(text(16_384)),
    /** Where in the result, for `ResultNotPlain`: `result.items[3].onClick`. */
    path: Type.Optional(text(1024)),
    /** Where in the source, for `CompileError`. */
    line: Type.Optional(Type.Integer({ minimum: 0 })),
    column: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);
export type GuestError = Static<typeof GuestErrorSchema>;

export const RunStatsSchema = Type.Object(
  {
    cpuTimeMs: figure(),
    /** From the moment the runner took the run to its end. */
    wallTimeMs: figure(),
    /** V8 heap and array buffers when the run ended; absent when the isolate was gone by then. */
    memoryBytes: Type.Optional(figure()),
    bridgeCalls: figure(),
    outputBytes: figure(),
    /** The script was compiled before. */
    compileCached: Type.Boolean(),
    /** The run found a prepared isolate or process. */
    warm: Type.Boolean(),
    /** 2 when the first try ended with its process through no fault of this run. */
    attempts: Type.Integer({ minimum: 1, maximum: 2 }),
  },
  closed,
);
export type RunStats = Static<typeof RunStatsSchema>;

/** How one execution ended: what a runner answers, checked by the gateway before it is believed. */
export const RunResultSchema = Type.Object(
  {
    exitReason: Type.Enum([...EXIT_REASONS]),
    /** The returned value or default export, as JSON text; absent for `undefined`. */
    value: Type.Optional(text(MAX_RESULT_TEXT)),
    /** A module's named exports, as the JSON text of one object. */
    exports: Type.Optional(text(MAX_RESULT_TEXT)),
    error: Type.Optional(GuestErrorSchema),
    logs: Type.Array(LogLineSchema, { maxItems: 10_001 }),
    /** Console lines were dropped at the output limit; the last line says so too. */
    logsCut: Type.Boolean(),
    /** Imported functions and globals that a WebAssembly module had as zero: `module.name`. */
    stubs: Type.Optional(Type.Array(text(512), { maxItems: 1024 })),
    /** SHA-256 of the source, in hexadecimal. */
    digest: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
    stats: RunStatsSchema,
    layers: Type.Array(Type.Enum([...LAYERS]), { maxItems: LAYERS.length }),
    spans: Type.Array(SpanSchema, { maxItems: 256 }),
  },
  closed,
);
export type RunResult = Static<typeof RunResultSchema>;

const NO_STATS: RunStats = {
  cpuTimeMs: 0,
  wallTimeMs: 0,
  bridgeCalls: 0,
  outputBytes: 0,
  compileCached: false,
  warm: false,
  attempts: 1,
};

/** The result of a run that never reached a guest, or whose guest can no longer say anything. */
export function failedResult(
  exitReason: Exclude<ExitReason, 'Completed'>,
  error: GuestError,
  rest: Partial<RunResult> = {},
): RunResult {
  return {
    exitReason,
    error,
    logs: [],
    logsCut: false,
    stats: { ...NO_STATS },
    layers: [],
    spans: [],
    ...rest,
  };
}
