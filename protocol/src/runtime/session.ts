import { Type, type Static } from '../schema/typebox.ts';
import { EXIT_REASONS } from '../run/exit-reason.ts';
import { RuntimeOpenedSchema, RuntimeSpecSchema } from './runtime.ts';

const closed = { additionalProperties: false };

/** A session is a runtime with a key, which outlives whoever uses it. */
export const SESSION_METHODS = {
  /**
   * Embedder → keeper, `SessionAcquire`. Lasts as long as the handle: its event is `SessionAcquired`, its
   * bytes both ways are the port, its answer a `SessionEnd`. Cancelling it gives the session back, and ends
   * it where an eval is under way.
   */
  acquire: 'session.acquire',
  /**
   * Embedder → keeper, `SessionRelease` → `{}`: gives the session back, or ends it, when that is done;
   * the acquiring call is answered. Of a session that the connection has not, nothing is done.
   */
  release: 'session.release',
  /** Embedder → keeper, `SessionDispose` → `{ existed }`: ends the session, whoever has it. */
  dispose: 'session.dispose',
  /**
   * Gateway → runner, `SessionKeep` → `RuntimeEnd`: lasts as long as the session, and answers how it ended.
   * Where it is cancelled, or its connection ends, the session ends too: nobody could find it any more.
   */
  keep: 'session.keep',
} as const;

const key = () => Type.String({ minLength: 1, maxLength: 512 });

export const SessionAcquireSchema = Type.Object(
  {
    key: key(),
    /** Of a session that exists: its bindings are the new ones, the rest stays as it is. */
    spec: RuntimeSpecSchema,
    /** How long nobody may have it before it is evicted. */
    idleMs: Type.Integer({ minimum: 1_000, maximum: 24 * 3_600_000 }),
    /** It ends with the connection that has it, or had it last: nobody else is to have it. */
    bound: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type SessionAcquire = Static<typeof SessionAcquireSchema>;

export const SessionAcquiredSchema = Type.Object(
  {
    ...RuntimeOpenedSchema.properties,
    /** There was none of this key before. */
    created: Type.Boolean(),
  },
  closed,
);
export type SessionAcquired = Static<typeof SessionAcquiredSchema>;

export const SessionEndSchema = Type.Object(
  {
    /** The session lives on without its handle. */
    released: Type.Boolean(),
    exitReason: Type.Optional(Type.Enum([...EXIT_REASONS])),
    message: Type.Optional(Type.String({ maxLength: 8192 })),
  },
  closed,
);
export type SessionEnd = Static<typeof SessionEndSchema>;

export const SessionReleaseSchema = Type.Object(
  {
    runtimeId: Type.String({ minLength: 1, maxLength: 128 }),
    /** The session is to end instead: this one, and no later one of its key. */
    dispose: Type.Optional(Type.Boolean()),
    reason: Type.Optional(Type.String({ maxLength: 1024 })),
  },
  closed,
);
export type SessionRelease = Static<typeof SessionReleaseSchema>;

export const SessionDisposeSchema = Type.Object(
  { key: key(), reason: Type.Optional(Type.String({ maxLength: 1024 })) },
  closed,
);
export type SessionDispose = Static<typeof SessionDisposeSchema>;

export const SessionKeepSchema = Type.Object({ key: key() }, closed);
