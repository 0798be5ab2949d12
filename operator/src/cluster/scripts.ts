import {
  checker,
  SandboxScriptSchema,
  type Problem,
  type SandboxScript,
} from '@cofferdam/protocol';
import type { CustomResource } from '../kubernetes/index.ts';
import { checkMeaning } from '../sources/meaning.ts';
import type { ScriptEntry, ScriptSource } from '../sources/source.ts';

/** What is needed of a cache of SandboxScripts. */
export interface ScriptObjects {
  get(key: string): CustomResource | undefined;
  keys(): string[];
}

const MAX_PROBLEMS = 8;
const check = checker(SandboxScriptSchema);

/** The SandboxScripts of a cluster, checked. */
export class ClusterScripts implements ScriptSource {
  readonly #objects: ScriptObjects;
  /** Checking takes longer than looking it up: an object never changes, it is replaced. */
  readonly #entries = new WeakMap<CustomResource, ScriptEntry>();

  constructor(objects: ScriptObjects) {
    this.#objects = objects;
  }

  get(key: string): ScriptEntry | undefined {
    const object = this.#objects.get(key);
    if (!object || object.metadata.deletionTimestamp !== undefined) return undefined;
    let entry = this.#entries.get(object);
    if (!entry) this.#entries.set(object, (entry = entryOf(object)));
    return entry;
  }

  keys(): string[] {
    return this.#objects.keys();
  }

  problems(): [] {
    return [];
  }
}

function entryOf(object: CustomResource): ScriptEntry {
  const { namespace = '', name } = object.metadata;
  const createdAt = Date.parse(object.metadata.creationTimestamp ?? '');
  const where = {
    ...{ namespace, name, file: '', line: 0, column: 0 },
    ...(Number.isNaN(createdAt) ? {} : { createdAt }),
  };
  // Items of a list come without them.
  const { status: _, ...written } = object;
  const whole = { ...written, apiVersion: 'cofferdam.dev/v1alpha1', kind: 'SandboxScript' };
  const checked = check(whole);
  const problems: Problem[] = checked.ok ? checkMeaning(checked.value) : checked.problems;
  if (problems.length === 0) return { ...where, problems: [], resource: whole as SandboxScript };
  return {
    ...where,
    problems: problems
      .slice(0, MAX_PROBLEMS)
      .map(({ path, message }) => ({ file: '', line: 0, column: 0, path, message })),
  };
}
