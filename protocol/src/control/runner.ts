import { Type, type Static } from '../schema/typebox.ts';

const closed = { additionalProperties: false };

/** A DNS label: in Kubernetes the name of the runner's pod. */
export const RunnerIdSchema = Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' });
const PoolName = Type.String({ minLength: 1, maxLength: 63 });

/** For whom a runner runs, for ever. */
export const RunnerOwnerSchema = Type.Object(
  {
    tenant: Type.String({ minLength: 1, maxLength: 128 }),
    /** What of the tenant's it serves, where its pool isolates more than tenants. */
    scope: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  },
  closed,
);
export type RunnerOwner = Static<typeof RunnerOwnerSchema>;

/** A runner that is about to dial, as whoever started it announces it. */
export const ExpectedRunnerSchema = Type.Object(
  {
    runnerId: RunnerIdSchema,
    /** Of its join token, in hexadecimal: the token itself is known to the runner alone. */
    tokenSha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    pool: PoolName,
    /** Absent: it belongs to no one yet. */
    owner: Type.Optional(RunnerOwnerSchema),
    /** Whether it may dial again with the same token: until it is forgotten. Default: once, and soon. */
    lasting: Type.Optional(Type.Boolean()),
    /** Addresses (`host:port`) that must not be reachable from inside it; looked at before it is used. */
    mustNotReach: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 16 })),
  },
  closed,
);
export type ExpectedRunner = Static<typeof ExpectedRunnerSchema>;

/** What there is of a pool and what is missing, as the gateway sees it. */
export const PoolDemandSchema = Type.Object(
  {
    pool: PoolName,
    /** Runners that have joined, and those of them that belong to no one. */
    joined: Type.Integer({ minimum: 0 }),
    unbound: Type.Integer({ minimum: 0 }),
    /** Announced and not joined yet. */
    expected: Type.Integer({ minimum: 0 }),
    /** Owners for whom somebody waits and no runner is there. */
    waiting: Type.Integer({ minimum: 0 }),
  },
  closed,
);
export type PoolDemand = Static<typeof PoolDemandSchema>;

/** What a runner was found to be when it was looked at, before any guest code ran in it. */
export const RunnerReportSchema = Type.Object(
  {
    runnerId: RunnerIdSchema,
    /** Whether it has executed a script. */
    works: Type.Boolean(),
    /** Those of `mustNotReach` that it reached; absent when it could not say. */
    reached: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 16 })),
    /** Whether runs are given to it. */
    ready: Type.Boolean(),
    layers: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 8 }),
    versions: Type.Record(Type.String({ maxLength: 32 }), Type.String({ maxLength: 64 })),
    /** Why it does not work. */
    message: Type.Optional(Type.String({ maxLength: 1_024 })),
  },
  closed,
);
export type RunnerReport = Static<typeof RunnerReportSchema>;
