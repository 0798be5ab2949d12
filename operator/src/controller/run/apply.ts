import {
  KubernetesError,
  sandboxRuns,
  type CustomResource,
  type KubernetesClient,
} from '../../kubernetes/index.ts';
import type { Ask, Attempts } from './attempts.ts';
import type { Decision } from './decide.ts';
import type { Gathered } from './gathered.ts';
import type { StatusWriter } from './status-writer.ts';

export interface ApplyOptions {
  client: KubernetesClient;
  attempts: Attempts;
  writer: StatusWriter;
}

interface Decided {
  gathered: Gathered;
  decision: Decision;
}

/** The cache is so far behind at most, as a rule. */
const BEHIND_MS = 200;

/** Makes a decision true; answers when to look again, in milliseconds since the epoch. */
export async function apply(
  object: CustomResource,
  { gathered, decision }: Decided,
  { client, attempts, writer }: ApplyOptions,
): Promise<number> {
  const { uid = '' } = object.metadata;
  switch (decision.kind) {
    case 'begin':
      attempts.begin(askOf(object, gathered));
      return Infinity;
    case 'wait':
      if (gathered.now < decision.writeAt) return decision.writeAt;
      if (!(await writer.write(object, decision.status))) return gathered.now + BEHIND_MS;
      return decision.lookAt;
    case 'finish':
      if (!(await writer.write(object, decision.status))) return gathered.now + BEHIND_MS;
      attempts.forget(uid);
      return gathered.now;
    default:
      attempts.forget(uid);
      if (gathered.now < decision.deleteAt) return decision.deleteAt;
      await remove(client, object);
      return Infinity;
  }
}

async function remove(client: KubernetesClient, { metadata }: CustomResource): Promise<void> {
  const { namespace, name, uid } = metadata;
  try {
    await client.delete(sandboxRuns, { namespace, name }, { uid, propagationPolicy: 'Background' });
  } catch (error) {
    // A conflict: the name is another run's by now.
    const isGone = error instanceof KubernetesError && (error.notFound || error.conflict);
    if (!isGone) throw error;
  }
}

const TRACEPARENT = 'opentelemetry.io/traceparent';
/** W3C trace context, version 00; neither id may be all zeroes. */
const VALID_TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function askOf(object: CustomResource, { read, generation, createdAt }: Gathered): Ask {
  if (!read || 'problems' in read) throw new Error('a run that is not valid is not begun');
  const { uid = '', namespace = '', annotations = {} } = object.metadata;
  const traceparent = annotations[TRACEPARENT];
  return {
    ...{ resource: read.resource, uid, namespace, generation, createdAt },
    ...(traceparent !== undefined && VALID_TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
}
