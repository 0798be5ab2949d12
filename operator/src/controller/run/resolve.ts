import {
  API_VERSION,
  applyPoolLimits,
  notRun,
  pickTraffic,
  readScriptLimits,
  readTraffic,
  requestsInPool,
  resolveScript,
  type Condition,
  type InlineScript,
  type ResolvedPool,
  type ResolvedScript,
  type SandboxRun,
} from '@cofferdam/protocol';
import type { ObjectReader } from '../../cluster/object-reader.ts';
import { resolveProgram } from '../../cluster/references.ts';
import { referencesOf } from '../../references/named.ts';
import type { ObjectData, ObjectReference } from '../../references/texts.ts';
import type { Block } from './gathered.ts';

/** A script as it is published; without `script` it may not run. */
export interface PublishedForRuns {
  script?: ResolvedScript;
  conditions: Condition[];
}

export interface ResolveOptions {
  script: (key: string) => PublishedForRuns | undefined;
  pools: () => readonly ResolvedPool[];
  objects: Pick<ObjectReader, 'read'>;
}

/** What is run, and of which object. */
export interface Subject {
  resource: SandboxRun;
  uid: string;
  namespace: string;
  generation: number;
}

/**
 * Whoever applies a run and what it refers to in one go may have the run arrive first, and what is
 * missing is usually about to be created; after 5 minutes it is an error.
 */
export const PATIENCE_MS = 300_000;
/** The key of a record is the run's own, so there is one. */
const HISTORY = 1;

/** The script that a run is of; rejects when the API server could not say what it refers to. */
export async function resolveRun(
  subject: Subject,
  options: ResolveOptions,
): Promise<{ script: ResolvedScript } | { block: Block }> {
  const { scriptRef, script } = subject.resource.spec;
  if (scriptRef) return resolvePublished(subject, scriptRef.name, options);
  return resolveInline(subject, script!, options);
}

function resolvePublished(
  { resource, uid, namespace, generation }: Subject,
  name: string,
  { script: find, pools }: ResolveOptions,
): { script: ResolvedScript } | { block: Block } {
  const published = find(`${namespace}/${name}`);
  if (!published) {
    return blocked('ScriptNotFound', `there is no SandboxScript ${name} in ${namespace}`);
  }
  const { script, conditions } = published;
  if (!script)
    return blocked('ScriptNotReady', `the SandboxScript ${name} ${notReady(conditions)}`);
  const why = notRun(script);
  if (why !== undefined) return blocked('ScriptNotRun', `the SandboxScript ${name} ${why}`, true);
  const { limits = {} } = resource.spec;
  const pool = pools().find((one) => one.name === script.pool);
  const wanted = { ...script.limits, ...readScriptLimits(limits) };
  return {
    script: {
      ...script,
      ...{ uid, generation, history: HISTORY },
      limits: applyPoolLimits(wanted, pool),
      maxRequests: requestsInPool(limits.requests ?? script.maxRequests, pool),
      ...pickTraffic({ ...script.traffic, ...readTraffic(limits) }),
      ...inputOf(resource),
    },
  };
}

function notReady(conditions: readonly Condition[]): string {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready ? `is not ready: ${ready.reason}: ${ready.message}` : 'has just been created';
}

async function resolveInline(
  { resource, uid, namespace, generation }: Subject,
  program: InlineScript,
  { pools, objects }: ResolveOptions,
): Promise<{ script: ResolvedScript } | { block: Block }> {
  const data = await readAll(referencesOf(program, namespace), objects);
  const found = resolveProgram(program, resource.spec.input, {
    namespace,
    pools: pools(),
    lookup: (reference) => data.get(nameOf(reference)),
  });
  if ('obstacle' in found) {
    const { reason, message } = found.obstacle;
    // What stands in the run itself cannot be changed.
    return blocked(reason, message, reason === 'InputTooLarge');
  }
  const { name } = resource.metadata;
  const limits = { ...program.limits, ...resource.spec.limits };
  const whole = {
    apiVersion: API_VERSION,
    kind: 'SandboxScript' as const,
    metadata: { name, namespace },
    spec: { ...program, limits, ...inputOf(resource) },
  } as const;
  const script = resolveScript(whole, { uid, generation }, found.references);
  return { script: { ...script, history: HISTORY } };
}

function inputOf({ spec }: SandboxRun): { input?: unknown } {
  return spec.input === undefined ? {} : { input: spec.input };
}

/** One after the other: a run may name 257 objects, and many runs are resolved at once. */
async function readAll(
  references: readonly ObjectReference[],
  objects: Pick<ObjectReader, 'read'>,
): Promise<Map<string, ObjectData>> {
  const data = new Map<string, ObjectData>();
  for (const reference of references) {
    const name = nameOf(reference);
    // eslint-disable-next-line no-await-in-loop -- one after the other
    if (!data.has(name)) data.set(name, await objects.read(reference));
  }
  return data;
}

const nameOf = ({ kind, name }: ObjectReference) => `${kind}/${name}`;

function blocked(reason: string, message: string, isFinal = false): { block: Block } {
  return { block: { reason, message, isFinal, patienceMs: PATIENCE_MS } };
}
