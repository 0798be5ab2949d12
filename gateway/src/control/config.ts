import { settingsOf } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

const text = (maxLength: number, description: string, fallback?: string) =>
  Type.String({
    minLength: 1,
    maxLength,
    description,
    ...(fallback === undefined ? {} : { default: fallback }),
  });

/** A gateway's settings that only a cluster has; each is `COFFERDAM_` and its name. docs/configuration.md is made from this. */
export const ClusterGatewayConfigSchema = Type.Object(
  {
    dataDir: text(4096, 'The folder of run records and modules.', '/data'),
    runnerListen: text(255, 'Where runners dial.', '0.0.0.0:5901'),
    controlListen: text(255, 'The private port, which the operator dials.', '0.0.0.0:5902'),
    controlTokenFile: Type.Optional(
      text(4096, 'The file with what an operator proves to be one with.'),
    ),
    egressControl: text(255, 'Where egress listens for gateways.'),
    egressTokenFile: text(4096, 'The file with what this gateway proves to egress to be one with.'),
    lameDuckMs: Type.Integer({
      minimum: 0,
      maximum: 60_000,
      default: 5_000,
      description:
        'Milliseconds that requests are still taken after SIGTERM, until nobody sends any here.',
    }),
  },
  { additionalProperties: false },
);
export type ClusterGatewayConfig = Readonly<Static<typeof ClusterGatewayConfigSchema>>;

export const clusterGatewaySettings = settingsOf(ClusterGatewayConfigSchema);
