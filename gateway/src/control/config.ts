import { checker, CofferdamError, describeProblems, type Problem } from '@cofferdam/protocol';
import { Type, type Static } from 'typebox';

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
export type ClusterGatewaySetting = keyof ClusterGatewayConfig;

const check = checker(ClusterGatewayConfigSchema);
const SETTINGS = Object.keys(ClusterGatewayConfigSchema.properties) as ClusterGatewaySetting[];

/** The environment variable of a setting: `COFFERDAM_RUNNER_LISTEN`. */
export function clusterVariableOf(setting: ClusterGatewaySetting): string {
  return `COFFERDAM_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Reads the settings once; an empty variable counts as one that is not set. Throws `INVALID_CONFIG`. */
export function readClusterGatewayConfig(environment: NodeJS.ProcessEnv): ClusterGatewayConfig {
  const given: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const schema = ClusterGatewayConfigSchema.properties[setting];
    const found = environment[clusterVariableOf(setting)];
    const fallback: unknown = 'default' in schema ? schema.default : undefined;
    const value = found === undefined || found === '' ? fallback : found;
    if (value !== undefined) given[setting] = typeof fallback === 'number' ? Number(value) : value;
  }
  const checked = check(given);
  if (checked.ok) return Object.freeze(checked.value);
  const problems = checked.problems.map(({ path, message }): Problem => {
    return { path: path === '' ? '' : clusterVariableOf(path as ClusterGatewaySetting), message };
  });
  throw new CofferdamError('INVALID_CONFIG', describeProblems(problems));
}
