import { Type, type Static } from '../schema/typebox.ts';
import {
  ENGINES,
  LANGUAGES,
  MAX_CODE_BYTES,
  MAX_INPUT_BYTES,
  PRESETS,
  REUSES,
  RUN_MODES,
} from './guest-options.ts';
import { LimitsSchema } from './limits.ts';
import { WasmCallSchema } from './wasm-call.ts';

const closed = { additionalProperties: false };

/** JSON that is passed on as text: whoever needs the value parses it, once, with a bound. */
const JsonText = Type.String({ maxLength: MAX_INPUT_BYTES });

/** One execution, however it was asked for: what the gateway sends to a runner. */
export const RunRequestSchema = Type.Object(
  {
    runId: Type.String({ pattern: '^[0-9a-z-]{8,64}$' }),
    tenant: Type.String({ minLength: 1, maxLength: 128 }),
    /** What the run is called in traces and stack traces: a script's name, or `inline`. */
    name: Type.String({ maxLength: 128 }),
    engine: Type.Enum([...ENGINES]),
    /** For the engines isolate and deno. */
    code: Type.Optional(Type.String({ maxLength: MAX_CODE_BYTES })),
    language: Type.Optional(Type.Enum([...LANGUAGES])),
    preset: Type.Enum([...PRESETS]),
    reuse: Type.Enum([...REUSES]),
    /**
     * `check`: the module registers tests, which are run afterwards; the value is the JSON text of
     * `TestResults`. Of the engine isolate only. Default: the source is evaluated.
     */
    mode: Type.Optional(Type.Enum([...RUN_MODES])),
    input: Type.Optional(JsonText),
    env: Type.Optional(JsonText),
    /** For the engine wasm. */
    wasm: Type.Optional(WasmCallSchema),
    limits: LimitsSchema,
    /** Whether the guest has a browser, which the gateway answers for. Of the engine isolate only. */
    browser: Type.Optional(Type.Boolean()),
    /** The run's ticket for the way out; without it fetch is refused. */
    ticket: Type.Optional(Type.String({ maxLength: 128 })),
    /** Whether console lines are wanted while the run goes on, as `log` events. */
    stream: Type.Optional(Type.Boolean()),
    /** Milliseconds since the epoch after which the run must not start. */
    notAfter: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);
export type RunRequest = Static<typeof RunRequestSchema>;
