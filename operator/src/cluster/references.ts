import {
  chooseBrowserPool,
  choosePool,
  hostsBeyond,
  MAX_CODE_BYTES,
  MAX_INPUT_BYTES,
  type EnvVar,
  type InlineScript,
  type ResolvedPool,
  type SandboxScript,
  type ScriptReferences,
} from '@cofferdam/protocol';
import type { Finding } from '../controller/script/conditions.ts';
import type { References } from '../controller/script/gather.ts';
import { sourceProblem } from '../sources/meaning.ts';
import type { ObjectData, ObjectReference, ReferenceKind } from './object-reader.ts';

/** A value that a runner is sent with every run. */
const MAX_VALUE_BYTES = 32 * 1024;

/** How the texts of an object are had: at once from what is known, or as they are now. */
export type Lookup = (reference: ObjectReference) => ObjectData | 'unread';

export interface ProgramContext {
  namespace: string;
  pools: readonly ResolvedPool[];
  lookup: Lookup;
}

type Resolution = { references: ScriptReferences } | { obstacle: Finding };

const no = (reason: string, message: string): { obstacle: Finding } => ({
  obstacle: { status: 'False', reason, message },
});

/** What a script's resource refers to, from what is known now. */
export class ClusterReferences implements References {
  readonly #pools: () => readonly ResolvedPool[];
  readonly #lookup: Lookup;
  /** The scripts that refer to an object, and the objects that a script refers to. */
  readonly #users = new Map<string, Set<string>>();
  readonly #used = new Map<string, Set<string>>();

  constructor(pools: () => readonly ResolvedPool[], lookup: Lookup) {
    this.#pools = pools;
    this.#lookup = lookup;
  }

  of({ metadata, spec }: SandboxScript): Resolution {
    const namespace = metadata.namespace ?? '';
    const key = `${namespace}/${metadata.name}`;
    this.forget(key);
    const lookup: Lookup = (reference) => {
      this.#remember(reference, key);
      return this.#lookup(reference);
    };
    return resolveProgram(spec, spec.input, { namespace, pools: this.#pools(), lookup });
  }

  /** The scripts that refer to an object. */
  usersOf(reference: ObjectReference): Iterable<string> {
    return this.#users.get(nameOf(reference)) ?? [];
  }

  isUsed(reference: ObjectReference): boolean {
    return this.#users.has(nameOf(reference));
  }

  /** The script refers to nothing any more: it is gone, or looked at anew. */
  forget(key: string): void {
    for (const name of this.#used.get(key) ?? []) {
      const users = this.#users.get(name);
      users?.delete(key);
      if (users?.size === 0) this.#users.delete(name);
    }
    this.#used.delete(key);
  }

  #remember(reference: ObjectReference, key: string): void {
    const name = nameOf(reference);
    this.#users.set(name, (this.#users.get(name) ?? new Set()).add(key));
    this.#used.set(key, (this.#used.get(key) ?? new Set()).add(name));
  }
}

const nameOf = ({ kind, namespace, name }: ObjectReference) => `${kind}/${namespace}/${name}`;

/** Finds everything that a program refers to; the first thing that is missing is the obstacle. */
export function resolveProgram(
  program: InlineScript,
  input: unknown,
  context: ProgramContext,
): Resolution {
  const pool = poolOf(program, context);
  if ('obstacle' in pool) return pool;
  if (input !== undefined && Buffer.byteLength(JSON.stringify(input)) > MAX_INPUT_BYTES) {
    return no('InputTooLarge', `spec.input: is more than ${MAX_INPUT_BYTES} bytes`);
  }
  const source = sourceOf(program, context);
  if ('obstacle' in source) return source;
  const env = envOf(program.env ?? [], context);
  if ('obstacle' in env) return env;
  return { references: { ...pool, ...source, ...env } };
}

function poolOf(
  { poolRef, permissions }: InlineScript,
  { namespace, pools }: ProgramContext,
): { pool: ResolvedPool } | { obstacle: Finding } {
  const pool = choosePool(pools, namespace, poolRef);
  if (!pool) {
    const which = poolRef === undefined ? 'no SandboxPool' : `no SandboxPool ${poolRef} that`;
    return no('PoolNotFound', `there is ${which} allows the namespace ${namespace}`);
  }
  if (permissions?.browser && !chooseBrowserPool(pools, namespace)) {
    const message = `there is no SandboxPool of browsers that allows the namespace ${namespace}`;
    return no('BrowserPoolNotFound', message);
  }
  const beyond = hostsBeyond(pool, permissions?.net ?? []);
  if (beyond.length === 0) return { pool };
  const message = `the pool ${pool.name} does not let a script name ${beyond.join(', ')}`;
  return no('HostNotAllowed', message);
}

function sourceOf(
  { engine, source }: InlineScript,
  context: ProgramContext,
): { source?: string } | { obstacle: Finding } {
  if (!source.configMapKeyRef) return {};
  const found = textOf('ConfigMap', source.configMapKeyRef, context);
  if ('obstacle' in found) return found;
  const { text } = found;
  if (Buffer.byteLength(text) > MAX_CODE_BYTES) {
    return no('InvalidSource', `the source is larger than ${MAX_CODE_BYTES} bytes`);
  }
  const problem = sourceProblem(engine, text);
  return problem === undefined ? { source: text } : no('InvalidSource', `the source ${problem}`);
}

function envOf(
  variables: readonly EnvVar[],
  context: ProgramContext,
): { env: Record<string, string> } | { obstacle: Finding } {
  const env: Record<string, string> = {};
  for (const { name, valueFrom } of variables) {
    if (!valueFrom) continue;
    const found = valueOf(valueFrom, context);
    if ('obstacle' in found) return found;
    if (found.text !== undefined) env[name] = found.text;
  }
  return { env };
}

/** The value of a variable; none where it is optional and there is nothing. */
function valueOf(
  { secretKeyRef, configMapKeyRef }: NonNullable<EnvVar['valueFrom']>,
  context: ProgramContext,
): { text?: string } | { obstacle: Finding } {
  const ref = secretKeyRef ?? configMapKeyRef;
  if (!ref) return {};
  const found = textOf(secretKeyRef ? 'Secret' : 'ConfigMap', ref, context);
  const isMissing = 'obstacle' in found && found.obstacle.status === 'False';
  return isMissing && ref.optional ? {} : found;
}

function textOf(
  kind: ReferenceKind,
  { name, key }: { name: string; key: string },
  { namespace, lookup }: ProgramContext,
): { text: string } | { obstacle: Finding } {
  const data = lookup({ kind, namespace, name });
  if (data === 'unread') {
    const message = `the ${kind} ${name} has not been read yet`;
    return { obstacle: { status: 'Unknown', reason: 'ResolvingReferences', message } };
  }
  if (!data) return no(`${kind}NotFound`, `there is no ${kind} ${name} in ${namespace}`);
  const text = Object.hasOwn(data, key) ? data[key] : undefined;
  if (text === undefined) {
    return no(`${kind}KeyNotFound`, `the ${kind} ${name} has no key ${key}`);
  }
  if (kind === 'Secret' && Buffer.byteLength(text) > MAX_VALUE_BYTES) {
    return no('ValueTooLarge', `the key ${key} of the Secret ${name} is larger than 32 KiB`);
  }
  return { text };
}
