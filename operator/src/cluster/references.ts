import {
  chooseBrowserPool,
  choosePool,
  hostsBeyond,
  MAX_INPUT_BYTES,
  type InlineScript,
  type ResolvedPool,
  type SandboxScript,
  type ScriptReferences,
} from '@cofferdam/protocol';
import type { References } from '../controller/script/gather.ts';
import { resolveTexts } from '../references/program.ts';
import {
  no,
  type Lookup,
  type ObjectReference,
  type Obstacle,
  type TextContext,
} from '../references/texts.ts';

interface ProgramContext extends TextContext {
  pools: readonly ResolvedPool[];
}

type Resolution = { references: ScriptReferences } | Obstacle;

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
  const found = resolveTexts(program, context);
  if ('obstacle' in found) return found;
  return { references: { ...found.references, ...pool } };
}

function poolOf(
  { poolRef, permissions }: InlineScript,
  { namespace, pools }: ProgramContext,
): { pool: ResolvedPool } | Obstacle {
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
