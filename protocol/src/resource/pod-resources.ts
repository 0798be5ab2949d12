import { Type, type Static } from '../schema/typebox.ts';
import { bytes, closed } from './fields.ts';

const MiB = 1024 * 1024;

/** A runner, its compiler, two isolate processes and two of Deno with nothing to do, and the files of their programs. */
const RUNNER_BYTES = 384 * MiB;
/**
 * What one run was resident above its limit before it was ended, at most: 590 MiB of 140 killers in processes, on a machine
 * with far too much to do; the worst takes an array of half a gigabyte at once (docs/attacks-killers.md).
 */
const OVERSHOOT_BYTES = 640 * MiB;

/**
 * Memory that a runner pod or container needs: a process full of runs that each have all of their memory, one of which
 * goes over it as far as any killer did. What files in memory take is not in it.
 */
export function runnerMemoryBytes(run: { runsPerProcess: number; memoryBytes: number }): number {
  return RUNNER_BYTES + run.runsPerProcess * run.memoryBytes + OVERSHOOT_BYTES;
}

/** Of a runner pod: enough for a tenant's isolates; {@link runnerMemoryBytes} says how much memory that is. */
const RESOURCE_DEFAULTS = {
  requests: { cpu: '100m', memory: '256Mi', ephemeralStorage: '64Mi' },
  limits: { cpu: '2', memory: '1536Mi', ephemeralStorage: '256Mi' },
} as const;

/** Of a browser pod: Chromium and four sessions with a page of today each; its shared memory counts too. */
const BROWSER_RESOURCE_DEFAULTS = {
  requests: { cpu: '200m', memory: '512Mi', ephemeralStorage: '128Mi' },
  limits: { cpu: '2', memory: '2Gi', ephemeralStorage: '1Gi' },
} as const satisfies Record<Side, Record<string, string>>;

type Side = keyof typeof RESOURCE_DEFAULTS;

/** Cores as Kubernetes writes them: `2`, `0.5`, `500m`. */
const cpu = (side: Side) =>
  Type.Optional(
    Type.Union(
      [
        Type.Integer(),
        Type.String({ maxLength: 16, pattern: '^([0-9]{1,7}m|[0-9]{1,4}(\\.[0-9]{1,3})?)$' }),
      ],
      {
        default: RESOURCE_DEFAULTS[side].cpu,
        description: `Cores, such as \`500m\`. Default: \`${RESOURCE_DEFAULTS[side].cpu}\`.`,
      },
    ),
  );

const amounts = (side: Side, description: string) => {
  const { memory, ephemeralStorage } = RESOURCE_DEFAULTS[side];
  return Type.Optional(
    Type.Object(
      {
        cpu: cpu(side),
        memory: bytes(`Memory. Default: \`${memory}\`.`, { default: memory }),
        ephemeralStorage: bytes(`Disk for temporary files. Default: \`${ephemeralStorage}\`.`, {
          default: ephemeralStorage,
        }),
      },
      { ...closed, default: {}, description },
    ),
  );
};

export const ResourcesSchema = Type.Object(
  {
    requests: amounts('requests', 'What the scheduler keeps free for a runner pod.'),
    limits: amounts('limits', 'What a runner pod gets at most.'),
  },
  { ...closed, default: {}, description: 'Resources of one runner pod.' },
);

/** The default of a runner's memory before; the API server has written it into pools of browsers too. */
const FORMER_MEMORY = '1Gi';

type Amount = keyof (typeof RESOURCE_DEFAULTS)[Side];

/**
 * What a pod of a pool asks for, or gets at most. The API server fills a runner's defaults in before anybody
 * sees what was written: in a pool of browsers what is the same as those stands for a browser's.
 */
export function podAmounts(
  { browser, resources }: { browser?: boolean; resources?: Static<typeof ResourcesSchema> },
  side: Side,
): Record<Amount, string> {
  const common = RESOURCE_DEFAULTS[side];
  const own = browser ? BROWSER_RESOURCE_DEFAULTS[side] : common;
  const given = resources?.[side] ?? {};
  const pick = (name: Amount) => {
    const value = given[name];
    const isFormer = browser && side === 'limits' && name === 'memory' && value === FORMER_MEMORY;
    const isDefault = value === undefined || value === common[name] || isFormer;
    return String(isDefault ? own[name] : value);
  };
  return { cpu: pick('cpu'), memory: pick('memory'), ephemeralStorage: pick('ephemeralStorage') };
}
