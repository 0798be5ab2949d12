import { Type, type Static } from '../schema/typebox.ts';
import { EXIT_REASONS } from '../run/exit-reason.ts';
import { LAYERS, MAX_CODE_BYTES, PRESETS } from '../run/guest-options.ts';
import { GuestErrorSchema } from '../run/result.ts';

const closed = { additionalProperties: false };
const MiB = 1024 * 1024;
const id = () => Type.String({ minLength: 1, maxLength: 128 });
const name = () => Type.String({ minLength: 1, maxLength: 128 });
const filename = () => Type.Optional(Type.String({ minLength: 1, maxLength: 4096 }));
const memoryBytes = () => Type.Integer({ minimum: 16 * MiB, maximum: 2048 * MiB });
/** Globals that are data: the JSON text of an object, whose values are as on a port. */
const data = () => Type.Optional(Type.String({ maxLength: 4 * MiB }));

/** The largest prefix, in bytes of UTF-8: libraries in one file. */
export const MAX_PREFIX_BYTES = 8 * MiB;

/** How long the code of a prefix may take, each time that it is evaluated. */
export const PREFIX_TIME_MS = 5_000;

/** Code that is evaluated ahead of runs. Its text follows as data. */
export const PrefixSpecSchema = Type.Object(
  {
    preset: Type.Enum([...PRESETS]),
    /** V8's heap and array buffers: what a run may have at most. */
    memoryBytes: memoryBytes(),
    codeBytes: Type.Integer({ minimum: 0, maximum: MAX_PREFIX_BYTES }),
    filename: filename(),
    /** `fetch` asks the embedder. */
    fetch: Type.Boolean(),
    /** Names of the embedder's functions on the guest's global object. */
    functions: Type.Array(name(), { maxItems: 1024 }),
    data: data(),
  },
  closed,
);
export type PrefixSpec = Static<typeof PrefixSpecSchema>;

/** The event of `prefix.open`: the prefix was evaluated once, and runs may begin. */
export const PrefixOpenedSchema = Type.Object(
  { prefixId: id(), layers: Type.Array(Type.Enum([...LAYERS]), { maxItems: LAYERS.length }) },
  closed,
);
export type PrefixOpened = Static<typeof PrefixOpenedSchema>;

/** Why a prefix is over that its embedder did not dispose of: most often, its first evaluation failed. */
export const PrefixEndSchema = Type.Object(
  { exitReason: Type.Enum([...EXIT_REASONS]), error: GuestErrorSchema },
  closed,
);
export type PrefixEnd = Static<typeof PrefixEndSchema>;

export const PrefixRunSchema = Type.Object(
  {
    prefixId: id(),
    code: Type.String({ maxLength: MAX_CODE_BYTES }),
    filename: filename(),
    /** What of the guest's own work it may use, its waiting not counted. */
    cpuTimeMs: Type.Integer({ minimum: 1, maximum: 600_000 }),
    wallTimeMs: Type.Integer({ minimum: 1, maximum: 600_000 }),
    memoryBytes: memoryBytes(),
    data: data(),
  },
  closed,
);
export type PrefixRun = Static<typeof PrefixRunSchema>;

/** The event of `prefix.run`: as whom its guest asks its embedder. */
export const PrefixRunStartedSchema = Type.Object({ runtimeId: id() }, closed);

const text = () => Type.Optional(Type.String({ maxLength: 5 * MiB }));
export const PrefixOutcomeSchema = Type.Object(
  {
    exitReason: Type.Enum([...EXIT_REASONS]),
    /** The default export as JSON text. */
    value: text(),
    /** The named exports: JSON text of one object. */
    exports: text(),
    error: Type.Optional(GuestErrorSchema),
    cpuTimeMs: Type.Number({ minimum: 0 }),
    wallTimeMs: Type.Number({ minimum: 0 }),
    /** It took an isolate in which the prefix had been evaluated before. */
    isSpare: Type.Boolean(),
    /** Bytes on the port that the guest had sent by then. */
    portBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);
export type PrefixOutcome = Static<typeof PrefixOutcomeSchema>;
