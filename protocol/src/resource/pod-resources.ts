import { Type, type Static } from '../schema/typebox.ts';
import { bytes, closed } from './fields.ts';

/** Of a runner pod: enough for a tenant's isolates; the limits are what a hostile one can take. */
const RESOURCE_DEFAULTS = {
  requests: { cpu: '100m', memory: '256Mi', ephemeralStorage: '64Mi' },
  limits: { cpu: '2', memory: '1Gi', ephemeralStorage: '256Mi' },
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
    return String(value === undefined || value === common[name] ? own[name] : value);
  };
  return { cpu: pick('cpu'), memory: pick('memory'), ephemeralStorage: pick('ephemeralStorage') };
}
