import { checker, CofferdamError, describeProblems } from '@cofferdam/protocol';
import { Type, type Static } from 'typebox';

/** Who may call beside the holder of ISOLATE_AUTH_TOKEN. docs/configuration.md is made from this. */
export const AccessConfigSchema = Type.Object(
  {
    tokensFile: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description:
          'A file of bearer tokens and the namespaces they are bound to; see docs/access.md. Read again when it changes.',
      }),
    ),
    kubernetesAuth: Type.Enum(['true', 'false'], {
      default: 'false',
      description: 'Whether tokens of Kubernetes are taken, and RBAC decides what they may do.',
    }),
    tokenAudience: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        description:
          'An audience of Kubernetes tokens that is taken beside the API server’s own. Default: none.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type AccessConfig = Readonly<Static<typeof AccessConfigSchema>>;
export type AccessSetting = keyof AccessConfig;

const check = checker(AccessConfigSchema);
const SETTINGS = Object.keys(AccessConfigSchema.properties) as AccessSetting[];

/** The environment variable of a setting: `COFFERDAM_TOKENS_FILE`. */
export function accessVariableOf(setting: AccessSetting): string {
  return `COFFERDAM_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Reads the settings once; an empty variable counts as one that is not set. Throws `INVALID_CONFIG`. */
export function readAccessConfig(environment: NodeJS.ProcessEnv): AccessConfig {
  const given: Record<string, unknown> = { kubernetesAuth: 'false' };
  for (const setting of SETTINGS) {
    const value = environment[accessVariableOf(setting)];
    if (value !== undefined && value !== '') given[setting] = value;
  }
  const checked = check(given);
  if (checked.ok) return Object.freeze(checked.value);
  const problems = checked.problems.map(({ path, message }) => {
    return { path: path === '' ? '' : accessVariableOf(path as AccessSetting), message };
  });
  throw new CofferdamError('INVALID_CONFIG', describeProblems(problems));
}

/** Whether callers are asked for a token even where the owner has none. */
export function asksForTokens({ tokensFile, kubernetesAuth }: AccessConfig): boolean {
  return tokensFile !== undefined || kubernetesAuth === 'true';
}
