import type { SandboxScript } from '@cofferdam/protocol';

/** What is wrong with a file or one document in it, and where a person finds it. */
export interface SourceProblem {
  /** Path relative to the folder; '' for a resource of a cluster. */
  file: string;
  /** Both count from 1; 0 when the whole file is meant. */
  line: number;
  column: number;
  /** The field, such as `spec.schedule.every`; '' is the whole document. */
  path: string;
  message: string;
}

/** A script's identity: two resources of one namespace and name are the same script. */
export interface ScriptIdentity {
  namespace: string;
  name: string;
}

/** A script as its source has it now: a checked resource, or what is wrong with it. */
export interface ScriptEntry extends ScriptIdentity {
  file: string;
  /** Where its name stands, both counted from 1. */
  line: number;
  column: number;
  resource?: SandboxScript;
  /** When a cluster's resource was created, in milliseconds since the epoch. */
  createdAt?: number;
  problems: SourceProblem[];
}

export interface ScriptSource {
  /** The entry of this key (`namespace/name`), or undefined when the source no longer has it. */
  get(key: string): ScriptEntry | undefined;
  keys(): string[];
  /** What is wrong with files whose documents name no script. */
  problems(): SourceProblem[];
}

export function keyOf({ namespace, name }: ScriptIdentity): string {
  return `${namespace}/${name}`;
}

/** `file:line:column: path: message`, as compilers write it. */
export function describeProblem(problem: SourceProblem): string {
  if (problem.file === '')
    return problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`;
  const at = problem.line > 0 ? `:${problem.line}:${problem.column}` : '';
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return `${problem.file}${at}: ${path}${problem.message}`;
}
