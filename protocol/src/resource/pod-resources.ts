import { Type } from '../schema/typebox.ts';
import { bytes, closed } from './fields.ts';

/** Of a runner pod: enough for a tenant's isolates; the limits are what a hostile one can take. */
export const RESOURCE_DEFAULTS = {
  requests: { cpu: '100m', memory: '256Mi', ephemeralStorage: '64Mi' },
  limits: { cpu: '2', memory: '1Gi', ephemeralStorage: '256Mi' },
} as const;

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
