import {
  connect,
  subjectAccessReviews,
  tokenReviews,
  type KubernetesClient,
  type SubjectAccessReview,
  type TokenReview,
} from '@cofferdam/kubernetes';
import { CofferdamError } from '@cofferdam/protocol';
import type { Action } from '../caller.ts';
import { readIdentity, type Identity } from './identity.ts';
import { readAccessStatus, readTokenStatus } from './review-status.ts';
import { AT_ONCE } from './reviews-at-once.ts';

/** What the API server says of tokens and of who has them. */
export interface ReviewApi {
  /**
   * Who has this token; `undefined`: nobody, or it is for another audience than `audience`
   * (default: than the API server's own).
   */
  identify(token: string, audience?: string): Promise<Identity | undefined>;
  /** Whether RBAC (or whatever else authorizes there) lets them. */
  permits(identity: Identity, action: Action): Promise<boolean>;
}

/** Longer than any healthy API server takes; a caller waits for it twice. */
const DEADLINE_MS = 5_000;

/** A review's answer repeats who is asked about: thousands of groups are below 1 MiB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** One for each review under way: a guess's must not make a good token's wait for its connection. */
const MAX_CONNECTIONS = AT_ONCE.unknown + AT_ONCE.proven + AT_ONCE.rights;

/**
 * The API server of KUBECONFIG, or of the cluster that this pod runs in; rejects with `INVALID_CONFIG`
 * when there is neither.
 */
export async function connectReviewApi(): Promise<ReviewApi> {
  const client = await connectClient();
  return {
    identify: (token, audience) => identify(client, token, audience),
    permits: (identity, action) => permits(client, identity, action),
  };
}

async function connectClient(): Promise<KubernetesClient> {
  try {
    return await connect({
      userAgent: 'cofferdam-gateway',
      maxAnswerBytes: MAX_ANSWER_BYTES,
      maxConnections: MAX_CONNECTIONS,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CofferdamError('INVALID_CONFIG', `COFFERDAM_KUBERNETES_AUTH: ${reason}`, { cause });
  }
}

async function identify(
  client: KubernetesClient,
  token: string,
  audience: string | undefined,
): Promise<Identity | undefined> {
  const spec: TokenReview['spec'] = { token };
  if (audience !== undefined) spec.audiences = [audience];
  const review = { metadata: {}, spec };
  const answer = await client.create(tokenReviews, review, { deadlineMs: DEADLINE_MS });
  const { authenticated, audiences, user } = readTokenStatus(answer);
  if (authenticated !== true) return undefined;
  // A server that knows nothing of audiences lets every token pass and names none.
  const isForUs = audience === undefined || audiences?.includes(audience) === true;
  return isForUs ? readIdentity(user) : undefined;
}

async function permits(
  client: KubernetesClient,
  identity: Identity,
  action: Action,
): Promise<boolean> {
  const { username: user, uid, groups, extra } = identity;
  const review = { metadata: {}, spec: { user, uid, groups, extra, ...attributesOf(action) } };
  const answer = await client.create(subjectAccessReviews, review, { deadlineMs: DEADLINE_MS });
  const { allowed, denied } = readAccessStatus(answer);
  return allowed === true && denied !== true;
}

function attributesOf(
  action: Action,
): Pick<SubjectAccessReview['spec'], 'resourceAttributes' | 'nonResourceAttributes'> {
  if ('path' in action) return { nonResourceAttributes: { verb: action.verb, path: action.path } };
  const { verb, resource, namespace = '' } = action;
  return { resourceAttributes: { group: 'cofferdam.dev', resource, verb, namespace } };
}
