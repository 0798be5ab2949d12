import type { Log } from '../log.ts';
import { authenticatorOf, type Authenticator } from './authenticator.ts';
import type { CallerSource } from './caller.ts';
import type { AccessConfig } from './config.ts';
import { ownerSource } from './owner.ts';
import { openTokensFile } from './tokens-file.ts';

export interface AuthenticatorOptions {
  /** ISOLATE_AUTH_TOKEN. */
  ownerToken: string | undefined;
  access: AccessConfig;
  log: Log;
}

/**
 * Everyone who may call, as the settings say: the owner, the tokens of a file, and Kubernetes' own,
 * looked for in that order. Without any of them no token is asked for. Rejects with `INVALID_CONFIG`.
 */
export async function openAuthenticator(options: AuthenticatorOptions): Promise<Authenticator> {
  const { ownerToken, access, log } = options;
  const sources: CallerSource[] = [];
  if (ownerToken !== undefined) sources.push(ownerSource(ownerToken));
  if (access.tokensFile !== undefined) {
    sources.push(await openTokensFile({ path: access.tokensFile, log }));
  }
  if (access.kubernetesAuth === 'true') sources.push(await kubernetesSource(access, log));
  return authenticatorOf(sources);
}

async function kubernetesSource({ tokenAudience }: AccessConfig, log: Log): Promise<CallerSource> {
  const [{ connectReviewApi }, { KubernetesSource }] = await Promise.all([
    import('./kubernetes/review-api.ts'),
    import('./kubernetes/source.ts'),
  ]);
  return new KubernetesSource({ api: await connectReviewApi(), audience: tokenAudience, log });
}
