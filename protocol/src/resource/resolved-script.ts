import { CofferdamError } from '../error/cofferdam-error.ts';
import type { Engine, Language, Preset, Reuse } from '../run/guest-options.ts';
import type { Limits } from '../run/limits.ts';
import type { NetRule, Permissions } from '../run/permissions.ts';
import type { WasmCall } from '../run/wasm-call.ts';
import { DEFAULT_NAMESPACE } from './metadata.ts';
import { limitsInPool, requestsInPool, type ResolvedPool } from './resolved-pool.ts';
import type { SandboxScript, SandboxScriptSpec } from './sandbox-script.ts';
import type { ScriptLimits } from './script-limits.ts';
import type { EnvVar } from './script-program.ts';

/** A script with every default filled in: what the operator publishes to the gateway. */
export interface ResolvedScript {
  uid: string;
  namespace: string;
  name: string;
  generation: number;
  engine: Engine;
  /** Source text; for engine wasm the base64 of the module. */
  code: string;
  language: Language;
  preset: Preset;
  reuse: Reuse;
  /** Absent for `script`. */
  mode?: 'worker';
  input?: unknown;
  env: Record<string, string>;
  wasm?: Omit<WasmCall, 'digest'>;
  limits: Limits;
  net: NetRule[];
  maxRequests: number;
  history: number;
  /** The SandboxPool whose runners run it; absent without a cluster. */
  pool?: string;
}

/** The catalogue of resolved scripts; a higher version replaces a lower one whole. */
export interface Catalogue {
  version: number;
  scripts: ResolvedScript[];
}

/** What a script's references lead to. Without a cluster there is none of it. */
export interface ScriptReferences {
  /** The values of `valueFrom`, by the variable's name. One that is optional may be missing. */
  env?: Readonly<Record<string, string>>;
  /** The text that `source.configMapKeyRef` leads to. */
  source?: string;
  /** The pool that it runs in, for its defaults and ceilings. */
  pool?: ResolvedPool;
}

const SPEC_DEFAULTS = {
  engine: 'isolate',
  preset: 'agent',
  reuse: 'none',
  env: [],
  limits: {} as ScriptLimits,
  permissions: {} as Permissions,
  history: 50,
} as const satisfies Partial<SandboxScriptSpec>;

/**
 * Fills in every default of a checked resource. Throws `INVALID_INPUT` when something that it refers
 * to, and that is not optional, is not among the references.
 */
export function resolveScript(
  resource: SandboxScript,
  identity: { uid: string; generation: number },
  references: ScriptReferences = {},
): ResolvedScript {
  const { metadata } = resource;
  const { pool } = references;
  const spec = { ...SPEC_DEFAULTS, ...resource.spec };
  return {
    ...identity,
    namespace: metadata.namespace ?? DEFAULT_NAMESPACE,
    name: metadata.name,
    engine: spec.engine,
    ...resolveSource(spec.source, references.source),
    preset: spec.preset,
    reuse: spec.reuse,
    ...(resource.spec.mode === 'worker' ? { mode: 'worker' as const } : {}),
    ...(spec.input === undefined ? {} : { input: spec.input }),
    env: resolveEnv(spec.env, references.env),
    ...(spec.wasm ? { wasm: spec.wasm } : {}),
    limits: limitsInPool(spec.limits, pool),
    net: spec.permissions.net ?? [],
    maxRequests: requestsInPool(spec.limits.requests, pool),
    history: spec.history,
    ...(pool ? { pool: pool.name } : {}),
  };
}

function resolveSource(
  { inline, language = 'auto' }: SandboxScriptSpec['source'],
  text: string | undefined,
): Pick<ResolvedScript, 'code' | 'language'> {
  return { code: inline ?? text ?? unresolved('spec.source'), language };
}

function resolveEnv(
  variables: readonly EnvVar[],
  values: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [index, { name, value, valueFrom }] of variables.entries()) {
    const text = value ?? (Object.hasOwn(values, name) ? values[name] : undefined);
    if (text !== undefined) entries.push([name, text]);
    else if (!isOptional(valueFrom)) unresolved(`spec.env.${index}`);
  }
  return Object.fromEntries(entries);
}

function isOptional(valueFrom: EnvVar['valueFrom']): boolean {
  return (valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef)?.optional === true;
}

function unresolved(path: string): never {
  throw new CofferdamError('INVALID_INPUT', `${path}: has no value`);
}
