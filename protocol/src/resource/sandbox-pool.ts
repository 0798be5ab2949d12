import { Type, type Static } from '../schema/typebox.ts';
import { HostSchema } from '../run/permissions.ts';
import { closed, clusterRules, duration, objectName } from './fields.ts';
import { API_VERSION, MetadataSchema } from './metadata.ts';
import { placementFields } from './pod-placement.ts';
import { ResourcesSchema } from './pod-resources.ts';
import type { PoolStatus } from './pool-status.ts';
import { ScriptLimitsSchema } from './script-limits.ts';

/** Who shares a runner: the scripts of one tenant, the runs of one script, or nobody. */
export const ISOLATIONS = ['Tenant', 'Script', 'Run'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** Every namespace. */
export const ANY_NAMESPACE = '*';

/** What a pool has that its resource does not say. */
export const POOL_DEFAULTS = {
  namespaces: [ANY_NAMESPACE] as string[],
  runtimeClassName: 'gvisor',
  isolation: 'Tenant' as Isolation,
  warm: { minimum: 0, spare: 1, maximum: 16 },
  runsPerProcess: 8,
  sessionsPerPod: 4,
  idleTime: '10m',
  egress: { allowedCIDRs: [] as string[], requireClosed: true },
} as const;

const MAX_PODS = 500;
const pods = (minimum: number, fallback: number, description: string) =>
  Type.Optional(
    Type.Integer({
      minimum,
      maximum: MAX_PODS,
      default: fallback,
      description: `${description} Default: ${fallback}.`,
    }),
  );

const WarmSchema = Type.Object(
  {
    minimum: pods(0, POOL_DEFAULTS.warm.minimum, 'Runner pods that there always are.'),
    spare: pods(0, POOL_DEFAULTS.warm.spare, 'Ready runner pods ahead of the tenants in use.'),
    maximum: pods(1, POOL_DEFAULTS.warm.maximum, 'Runner pods that there are at most.'),
  },
  {
    ...closed,
    // Whole, because the rule is checked of the default too.
    default: POOL_DEFAULTS.warm,
    ...clusterRules({
      rule: 'self.minimum <= self.maximum',
      message: 'warm.minimum must not be greater than warm.maximum',
      fieldPath: '.minimum',
    }),
    description: 'How many runner pods are kept.',
  },
);

const EgressSchema = Type.Object(
  {
    allowedCIDRs: Type.Optional(
      Type.Array(Type.String({ maxLength: 64, pattern: '^[0-9a-fA-F.:]{2,45}/[0-9]{1,3}$' }), {
        maxItems: 64,
        description:
          'Private ranges, such as `192.168.1.0/24`, that a script may reach where it names host and port. Default: none.',
      }),
    ),
    hosts: Type.Optional(
      Type.Array(HostSchema, {
        maxItems: 256,
        description: 'The only hosts that a script may name. Default: any.',
      }),
    ),
    requireClosed: Type.Optional(
      Type.Boolean({
        default: POOL_DEFAULTS.egress.requireClosed,
        description:
          'Run nothing before a probe inside a pod found that it reaches nothing but gateway and egress. Default: yes.',
      }),
    ),
  },
  { ...closed, default: {}, description: 'What the scripts of this pool may reach at all.' },
);

const PoolLimitsSchema = Type.Object(
  {
    defaults: Type.Optional({
      ...ScriptLimitsSchema,
      description: 'For what a script does not say.',
    }),
    ceilings: Type.Optional({
      ...ScriptLimitsSchema,
      description: 'A script that asks for more gets this.',
    }),
  },
  { ...closed, description: 'Limits of the runs in this pool.' },
);

const RecycleSchema = Type.Object(
  {
    runs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'After so many runs.' }),
    ),
    age: duration('After so long, at least `1m`.'),
  },
  { ...closed, description: 'When a runner pod is replaced by a fresh one. Default: never.' },
);

export const SandboxPoolSpecSchema = Type.Object(
  {
    namespaces: Type.Optional(
      Type.Array(
        Type.String({ maxLength: 63, pattern: '^(\\*|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$' }),
        {
          minItems: 1,
          maxItems: 256,
          default: POOL_DEFAULTS.namespaces,
          'x-kubernetes-list-type': 'set',
          description: 'The namespaces whose scripts may use it; `*` is every one. Default: `*`.',
        },
      ),
    ),
    image: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        pattern: '^[^\\s]+$',
        description:
          "The runner's image. Default: the one that the operator was installed with, for browsers another.",
      }),
    ),
    runtimeClassName: Type.Optional({
      ...objectName('The RuntimeClass of its pods; without it nothing runs. Default: gvisor.'),
      default: POOL_DEFAULTS.runtimeClassName,
    }),
    browser: Type.Optional(
      Type.Boolean({
        description:
          'Its pods hold a browser each, for the scripts that may use one, and run nothing else. Image and resources then have other defaults. Default: no.',
      }),
    ),
    sessionsPerPod: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 32,
        description:
          'Of a browser pool: runs and runtimes of one tenant that use a pod’s browser at once. Default: 4.',
      }),
    ),
    isolation: Type.Optional(
      Type.Enum([...ISOLATIONS], {
        default: POOL_DEFAULTS.isolation,
        description:
          'Who shares a runner pod. Tenant: the scripts of one namespace. Script: the runs of one script. Run: nobody, every run has a fresh one. Default: Tenant.',
      }),
    ),
    warm: Type.Optional(WarmSchema),
    resources: Type.Optional(ResourcesSchema),
    runsPerProcess: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        default: POOL_DEFAULTS.runsPerProcess,
        description:
          'Runs that share an operating-system process, and its end when one breaks it. Default: 8.',
      }),
    ),
    limits: Type.Optional(PoolLimitsSchema),
    egress: Type.Optional(EgressSchema),
    recycle: Type.Optional(RecycleSchema),
    idleTime: duration('A runner pod without a run for so long is let go. Default: `10m`.', {
      default: POOL_DEFAULTS.idleTime,
    }),
    ...placementFields,
  },
  { ...closed, default: {}, description: 'Who may run scripts, in which pods, within what.' },
);
export type SandboxPoolSpec = Static<typeof SandboxPoolSpecSchema>;

/** What the owner of a platform writes: who may run scripts, in which pods, within what. */
export const SandboxPoolSchema = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('SandboxPool'),
    metadata: MetadataSchema,
    spec: SandboxPoolSpecSchema,
    // Ours, and checked by the API server: an older or newer one must not make the pool unreadable.
    status: Type.Optional(Type.Unsafe<PoolStatus>({})),
  },
  closed,
);
export type SandboxPool = Static<typeof SandboxPoolSchema>;
