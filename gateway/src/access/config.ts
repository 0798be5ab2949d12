import { settingsOf } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

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

export const accessSettings = settingsOf(AccessConfigSchema);

/** Whether callers are asked for a token even where the owner has none. */
export function asksForTokens({ tokensFile, kubernetesAuth }: AccessConfig): boolean {
  return tokensFile !== undefined || kubernetesAuth === 'true';
}
