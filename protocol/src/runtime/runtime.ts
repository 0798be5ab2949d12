import { Type, type Static } from '../schema/typebox.ts';
import { FEATURES, LAYERS, MAX_CODE_BYTES, PRESETS } from '../run/guest-options.ts';
import { TicketText } from '../run/egress.ts';
import { EXIT_REASONS } from '../run/exit-reason.ts';
import { GuestErrorSchema } from '../run/result.ts';

const closed = { additionalProperties: false };
const MiB = 1024 * 1024;

/** What of an embedder a guest may call. Names of tools become functions on its global object. */
const RuntimeBindingsSchema = Type.Object(
  {
    console: Type.Boolean(),
    fetch: Type.Boolean(),
    files: Type.Boolean(),
    modules: Type.Boolean(),
    webSocket: Type.Optional(Type.Boolean()),
    browser: Type.Optional(Type.Boolean()),
    /** The guest is a worker: `NETWORK` instead of a console (see `network.ts`). */
    network: Type.Optional(Type.Boolean()),
    tools: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 1024 }),
  },
  closed,
);

export const RuntimeSpecSchema = Type.Object(
  {
    preset: Type.Enum([...PRESETS]),
    /** V8's heap and array buffers. */
    memoryBytes: Type.Integer({ minimum: 16 * MiB, maximum: 2048 * MiB }),
    /** How long an eval may take that says nothing else; 0 for as long as the runtime lives. */
    evalTimeMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
    /**
     * CPU time that guest code may use at a stretch, without coming to rest, also between evals: a
     * timer's callback, a message's handler.
     */
    stretchTimeMs: Type.Integer({ minimum: 1, maximum: 600_000 }),
    /** What relative module names of evals start from: an absolute POSIX path. */
    cwd: Type.String({ minLength: 1, maxLength: 4096, pattern: '^/' }),
    /**
     * Over how many processes the runtimes of this connection are spread that say so. Default: one
     * after the other is filled.
     */
    processes: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    bindings: RuntimeBindingsSchema,
    /** The ticket of its way out, which a gateway gives, and nobody else: `fetch` and WebSocket go there. */
    egress: Type.Optional(Type.Object({ ticket: TicketText }, closed)),
    /** What the guest has beside its preset. Default: nothing. */
    features: Type.Optional(Type.Array(Type.Enum([...FEATURES]), { maxItems: FEATURES.length })),
  },
  closed,
);
export type RuntimeSpec = Static<typeof RuntimeSpecSchema>;

const runtimeId = () => Type.String({ minLength: 1, maxLength: 128 });
export const RuntimeIdSchema = Type.Object({ runtimeId: runtimeId() }, closed);

/** The event of `runtime.open`: from here on the runtime can be used. */
export const RuntimeOpenedSchema = Type.Object(
  {
    runtimeId: runtimeId(),
    /** What stands between the guest and the machine. */
    layers: Type.Array(Type.Enum([...LAYERS]), { maxItems: LAYERS.length }),
  },
  closed,
);
export type RuntimeOpened = Static<typeof RuntimeOpenedSchema>;

/** How a runtime ended that was not disposed of by its embedder. */
export const RuntimeEndSchema = Type.Object(
  { exitReason: Type.Enum([...EXIT_REASONS]), message: Type.String({ maxLength: 8192 }) },
  closed,
);
export type RuntimeEnd = Static<typeof RuntimeEndSchema>;

export const EvalRequestSchema = Type.Object(
  {
    runtimeId: runtimeId(),
    code: Type.String({ maxLength: MAX_CODE_BYTES }),
    /** An absolute POSIX path, or a name within `cwd`. */
    filename: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    timeMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
    /**
     * The code registers tests (feature `tests`), which are run afterwards: earlier registrations are
     * forgotten, the value is the JSON text of `TestResults`, events are posted on the port as `test`.
     */
    tests: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type EvalRequest = Static<typeof EvalRequestSchema>;

const MAX_EXPORTS_TEXT = 5 * MiB;

export const EvalOutcomeSchema = Type.Object(
  {
    exitReason: Type.Enum([...EXIT_REASONS]),
    /** The default export, where it is plain data: JSON text. */
    value: Type.Optional(Type.String({ maxLength: MAX_EXPORTS_TEXT })),
    error: Type.Optional(GuestErrorSchema),
    cpuTimeMs: Type.Number({ minimum: 0 }),
    wallTimeMs: Type.Number({ minimum: 0 }),
    /** The runtime is over: its guest was ended, for its time, its memory or by its embedder. */
    ended: Type.Boolean(),
    /** Bytes on the port that the guest had sent by then: what it wrote before comes before the answer. */
    portBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);
export type EvalOutcome = Static<typeof EvalOutcomeSchema>;

export const RuntimeFiguresSchema = Type.Object(
  {
    cpuTimeMs: Type.Number({ minimum: 0 }),
    heapBytes: Type.Number({ minimum: 0 }),
    evals: Type.Integer({ minimum: 0 }),
    fetches: Type.Integer({ minimum: 0 }),
    modules: Type.Integer({ minimum: 0 }),
  },
  closed,
);
export type RuntimeFigures = Static<typeof RuntimeFiguresSchema>;
